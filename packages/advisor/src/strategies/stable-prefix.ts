import type { PromptBlocks } from "../trace/counterfactual-prompt.ts";
import { NEWEST_REUSE_MIN } from "../thresholds.ts";
import type { PrefixTable } from "../trace/prefix-table.ts";
import { percent, readFactor } from "./cache-break-even.ts";
import { placementsFor, shortWords } from "./cache-breakpoints.ts";
import { cacheStructure, codeOf, placeOf } from "./cache-levers.ts";
import { movedBlocks, type BlockOrder, type MovedPrompt } from "./moved-blocks.ts";
import { breakpointsAt, ordinal, placementWords, type Placement } from "./prompt-places.ts";
import { knownRequests, reuseOf, type KnownRequest, type PromptReuse } from "./prompt-reuse.ts";
import type { Plan, Situation, Strategy } from "./strategy.ts";
import { untried, UNTRIED } from "./untried-cache.ts";
import { unstablePrefix, type UnstablePrefix, type VolatileBlock } from "./volatile-blocks.ts";

/**
 * Puts what changes from request to request behind what stays the same.
 *
 * A cache serves a prompt up to its first difference: a time of day at the beginning of a system prompt, text about
 * one user before instructions for all, or tools in another order each time cost the cache of all that follows.
 *
 * Tools mean the same in any order, so that putting them into one leaves answers alone. Where text stands can alter
 * how a model weighs it: moving it needs a quality test.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */
export const stablePrefix: Strategy = {
  name: "stable-prefix",
  prepare(situation) {
    const factor = readFactor(situation);
    if (codeOf(situation) === null || factor === null || situation.knowledge !== "blocks") return [];
    const unstable = unstablePrefix(situation);
    return ordersFor(unstable).flatMap((order) => {
      const move = mover(order);
      const facts = factsOf(situation, order, unstable);
      const reuse = reuseOf(movedRequests(situation, move));
      if (order.to === "newest" && !order.isInMessages && !growsInTime(reuse)) return [];
      return placementsFor(reuse, factor)
        .slice(0, PLACEMENTS_MAX)
        .map((placement) => planFor(situation, facts, move, placement));
    });
  },
  recognise: () => ({ unseen: "what stands where in a prompt shows only beside other prompts" }),
};

/** Of each order the simplest placement, and one that caches more. */
const PLACEMENTS_MAX = 2;

interface NamedOrder extends BlockOrder {
  readonly blocks: readonly VolatileBlock[];
  readonly isInMessages: boolean;
}

/** Orders worth replaying: tools alone, then blocks behind the system prompt, and behind the newest message. */
function ordersFor({ blocks, toolOrders, counts }: UnstablePrefix): readonly NamedOrder[] {
  const toolCounts = toolOrders === null ? null : counts;
  const orderOf = (moved: readonly VolatileBlock[], to: BlockOrder["to"]): NamedOrder => ({
    moved: new Set(moved.map(({ slot }) => slot)),
    to,
    toolCounts,
    blocks: moved,
    isInMessages: moved.some(({ section }) => section === "messages"),
  });
  const inSystem = blocks.filter(({ section }) => section === "system");
  return [
    ...(toolCounts === null ? [] : [orderOf([], "system")]),
    ...(inSystem.length === 0 ? [] : [orderOf(inSystem, "system")]),
    ...(blocks.length === 0 ? [] : [orderOf(blocks, "newest")]),
  ];
}

type Move = (blocks: PromptBlocks, table: PrefixTable) => MovedPrompt;

/** Moves the blocks of a prompt, once for each. */
function mover(order: BlockOrder): Move {
  const known = new Map<PromptBlocks, MovedPrompt>();
  return (blocks, table) => {
    const before = known.get(blocks);
    if (before !== undefined) return before;
    const moved = movedBlocks(blocks, order, table);
    known.set(blocks, moved);
    return moved;
  };
}

function* movedRequests({ trace, members }: Situation, move: Move): Generator<KnownRequest> {
  for (const known of knownRequests(trace, members)) {
    const { blocks, places } = move(known.prompt.blocks, known.table);
    yield { ...known, prompt: { ...known.prompt, blocks, breakpoints: [] }, places };
  }
}

function growsInTime({ newest }: PromptReuse): boolean {
  return newest.prompts > 0 && newest.inTime / newest.prompts >= NEWEST_REUSE_MIN;
}

function planFor(situation: Situation, facts: OrderFacts, move: Move, placement: Placement): Plan {
  const { trace, workload } = situation;
  const { order, steps, proof, billed } = facts;
  const behindSystem = order.to === "system" ? order.blocks.length : 0;
  const isMoved = placement.shared?.from === "start" && placement.shared.blocks <= behindSystem;
  const words = placementWords(placement, { behindSystem, toEnd: order.to === "newest" });
  return {
    strategy: "stable-prefix",
    workload,
    subject: order.blocks.map(({ slot }) => slot).join(", "),
    title: `${titleOf(order)}; cache: ${shortWords(placement, isMoved ? "what moves" : "shared messages")}`,
    lever: "code",
    risk: order.blocks.length === 0 ? "none" : "other-answers",
    effort: "rework",
    change: `${steps}; then put cache_control {"type": "ephemeral"} ${words.join(", and ")}.${proof}`,
    undo: "Put the blocks back in their old order, and cache_control where it was.",
    uncertainty: UNTRIED,
    aboutCache: true,
    needsReplay: true,
    conflictGroup: cacheStructure(workload),
    forAnyRequest: true,
    rewrite: (request, context) => {
      const table = context.recorded.prompt === null ? undefined : trace.prefixes.get(context.recorded.prompt.key);
      if (request.prompt.kind !== "blocks" || table === undefined) return [request];
      const { blocks, places } = move(request.prompt.blocks, table);
      const prompt = { ...request.prompt, blocks, breakpoints: breakpointsAt(placement, places) };
      return [untried({ ...request, prompt }, context.scenario)];
    },
    breakEven: ({ saving }) => (order.blocks.length === 0 ? null : breakEvenWords(saving, billed)),
  };
}

/** Moved text could make answers worse; each that has to be asked for again costs as much as the others then do. */
function breakEvenWords(saving: bigint, billed: bigint): string | null {
  if (saving <= 0n || saving >= billed) return null;
  const share = Number(saving) / Number(billed - saving);
  return share >= 1
    ? "saves even if every answer has to be asked for again"
    : `saves until ${percent(share)} of the answers have to be asked for again`;
}

/** What plans with one order of blocks have in common. */
interface OrderFacts {
  readonly order: NamedOrder;
  /** What to do with the blocks, and where. */
  readonly steps: string;
  /** What the API itself said of it, with a space in front; empty where it said nothing. */
  readonly proof: string;
  /** What the requests cost as recorded, in picodollars. */
  readonly billed: bigint;
}

function factsOf(situation: Situation, order: NamedOrder, { toolOrders }: UnstablePrefix): OrderFacts {
  const code = codeOf(situation);
  const tools =
    toolOrders === null
      ? []
      : [
          `send the tools in one order, those of all requests first: they came in ${String(toolOrders.orders)} orders ` +
            `of ${String(toolOrders.sets)} ${toolOrders.sets === 1 ? "set" : "sets"}, and changed ${String(toolOrders.changes)} times`,
        ];
  const to = order.to === "system" ? "behind the last shared system block" : "to the end of the newest message";
  const blocks = order.blocks.map((block) => `move ${namedBlock(block)} ${to}`);
  const requests = situation.members.map((index) => situation.trace.requests[index]);
  return {
    order,
    steps: `In ${code === null ? situation.workload : placeOf(code)}, ${[...tools, ...blocks].join("; ")}`,
    proof: proofOf(requests.map((request) => request?.cacheMissReason ?? null)),
    billed: requests.reduce((sum, request) => sum + (request?.billed.total ?? 0n), 0n),
  };
}

function namedBlock({ section, place, kind, tokens, changes, requests, sharedTokens }: VolatileBlock): string {
  const where = section === "system" ? "of the system prompt" : "of the messages";
  return (
    `the ${ordinal(place)} block ${where} (${kind}, about ${count(tokens)} tokens), another one in ${count(changes)} of ` +
    `${count(requests)} requests, with about ${count(sharedTokens)} tokens behind it that stay the same,`
  );
}

function titleOf({ blocks, to }: NamedOrder): string {
  if (blocks.length === 0) return "tools in one order";
  const named = blocks.map(
    ({ section, place }) => `${section === "system" ? "system" : "message"} block ${String(place)}`,
  );
  return `move ${named.join(", ")} ${to === "system" ? "behind the others" : "to the end"}`;
}

const DIAGNOSES = ["tools_changed", "system_changed", "messages_changed"];

function proofOf(reasons: readonly (string | null)[]): string {
  const found = DIAGNOSES.map((reason) => ({ reason, times: reasons.filter((each) => each === reason).length }))
    .filter(({ times }) => times > 0)
    .map(({ reason, times }) => `${reason} ${times === 1 ? "once" : `${count(times)} times`}`);
  return found.length === 0 ? "" : ` The API's own diagnosis: ${found.join(", ")}.`;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
