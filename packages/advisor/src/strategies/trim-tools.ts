import { NEARLY_ALL_SHARE, TOOLS_UNCALLED_MIN } from "../thresholds.ts";
import type { BlockPrompt, PromptBlocks } from "../trace/counterfactual-prompt.ts";
import type { Scenario } from "../trace/counterfactual-request.ts";
import type { PrefixTable } from "../trace/prefix-table.ts";
import { BlockChain, placesOfBlocks } from "./block-chain.ts";
import { codeOf, placeOf } from "./cache-levers.ts";
import { isMessage } from "./compacted-prompt.ts";
import { percent } from "./criteria.ts";
import { redoneShare } from "./redone-share.ts";
import { asBilledBut } from "./recognition.ts";
import type { Abstention, Plan, Situation, Strategy } from "./strategy.ts";
import { isOwnTool, toolsSent, type ToolsSent } from "./tools-sent.ts";

/** How long tools are beside their estimate, which is scaled to the bill of the whole prompt: an assumption. */
const LENGTH_RATIO: Readonly<Record<Scenario, number>> = { pessimistic: 0.9, expected: 1, optimistic: 1.1 };

/**
 * Sends no tools where none of them is ever called.
 *
 * Which tool was called is not recorded, only whether any was: where some are, this says how much of each prompt the
 * tools are, and no more. A tool that is never called can still shape answers, so that it needs a quality test.
 */
export const trimTools: Strategy = {
  name: "trim-tools",
  prepare(situation) {
    const sent = codeOf(situation) === null ? null : toolsSent(situation);
    if (sent === null) return [];
    const silence = whyNot(situation, sent);
    if (silence !== null) return [silence];
    return sent.tools === null || sent.isCalled ? [] : [planFor(situation, sent)];
  },
  recognise: () => ({
    carries: ({ shape }) => (shape === null || shape.toolCount === null ? null : shape.toolCount === 0),
    without: asBilledBut({ prompt: "as-before" }),
  }),
};

function whyNot({ workload, knowledge }: Situation, sent: ToolsSent): Abstention | null {
  const { requests, ended, tools, isCalled, first, last } = sent;
  const base = { strategy: "trim-tools", workload, growth: null };
  if (isCalled) {
    if (tools === null || !tools.isLarge) return null;
    return {
      ...base,
      reason: "tools-named-nowhere",
      observed: `${lengthWords(sent)}; which of them are called is not recorded`,
      needed:
        "the names of those that are called, from your own log: leave out the others, or set defer_loading on them " +
        "and let the tool search tool find them",
    };
  }
  if (ended < requests * NEARLY_ALL_SHARE) {
    return {
      ...base,
      reason: "stop-reasons-not-recorded",
      observed: `of ${count(requests)} answers with tools, ${count(ended)} are known to have ended without a call`,
      needed: percent(NEARLY_ALL_SHARE),
    };
  }
  if (ended < TOOLS_UNCALLED_MIN) {
    return {
      ...base,
      reason: "few-answers",
      observed: `no tool called in ${count(ended)} answers`,
      needed: String(TOOLS_UNCALLED_MIN),
      growth: { first, last, count: ended, needed: TOOLS_UNCALLED_MIN },
    };
  }
  if (knowledge === "blocks") return null;
  return {
    ...base,
    reason: "tools-of-unknown-length",
    observed: `no tool called in ${count(ended)} answers; how long the tools are is not known`,
    needed: "fingerprints of the prompts: attach the recorder to the client",
  };
}

function planFor(situation: Situation, sent: ToolsSent): Plan {
  const { trace, workload } = situation;
  const code = codeOf(situation);
  const trimmed = trimmer();
  return {
    strategy: "trim-tools",
    workload,
    subject: "",
    title: `send no tools: none was called in ${count(sent.ended)} answers`,
    lever: "code",
    risk: "other-answers",
    effort: "lines",
    change:
      `In ${code === null ? workload : placeOf(code)}, send no tools: ${lengthWords(sent)}, and none of them was ` +
      `called in ${count(sent.ended)} answers.`,
    undo: "Send the tools again.",
    uncertainty: "how long tools are is estimated: taken as 0.9-1.1x",
    needsReplay: true,
    conflictGroup: null,
    rewrite: (request, { recorded, scenario }) => {
      const { prompt } = request;
      const table = recorded.prompt === null ? undefined : trace.prefixes.get(recorded.prompt.key);
      if (prompt.kind !== "blocks" || table === undefined) return [request];
      return [{ ...request, prompt: withoutTools(prompt, trimmed(prompt.blocks, table), LENGTH_RATIO[scenario]) }];
    },
    breakEven: (outcome) => {
      const redone = redoneShare(outcome);
      return redone === null ? null : `saves until ${redone} are redone with tools`;
    },
  };
}

interface TrimmedBlocks {
  readonly blocks: PromptBlocks;
  /** By block of the prompt as it was, the last one up to it that stays, by its number among these; -1 for none. */
  readonly staying: readonly number[];
  readonly toolTokens: number;
}

/** Leaves out the tools of a prompt, once for each. */
function trimmer(): (blocks: PromptBlocks, table: PrefixTable) => TrimmedBlocks {
  const trimmedBefore = new WeakMap<PromptBlocks, TrimmedBlocks>();
  return (blocks, table) => {
    const before = trimmedBefore.get(blocks);
    if (before !== undefined) return before;
    const chain = new BlockChain(blocks, table);
    const staying: number[] = [];
    let toolTokens = 0;
    for (const block of placesOfBlocks(blocks)) {
      if (isOwnTool(block.prefix, table)) toolTokens += block.tokens;
      else if (isMessage(block.prefix, table)) chain.addFollowing([block]);
      else chain.addAll([block]);
      staying.push(chain.length - 1);
    }
    const trimmed = { blocks: chain.result(), staying, toolTokens };
    trimmedBefore.set(blocks, trimmed);
    return trimmed;
  };
}

/** What was marked on a tool is then marked on the block before the tools, where there is one. */
function withoutTools(prompt: BlockPrompt, { blocks, staying, toolTokens }: TrimmedBlocks, ratio: number): BlockPrompt {
  if (toolTokens === 0) return prompt;
  const marks = new Map(prompt.breakpoints.map(({ block, ttl }) => [staying[block] ?? -1, ttl]));
  const breakpoints = [...marks].filter(([block]) => block >= 0).map(([block, ttl]) => ({ block, ttl }));
  const [first] = prompt.breakpoints;
  const measured = first === undefined ? blocks.ends.length - 1 : (staying[first.block] ?? -1);
  return { ...prompt, blocks: shortened(blocks, measured, toolTokens * (ratio - 1)), breakpoints };
}

/** By what was made shorter, and by how much: the same prompt each time it is replayed. */
const known = new WeakMap<PromptBlocks, Map<number, PromptBlocks>>();

/**
 * Where tools are longer than estimated, what follows them is shorter by as much, up to the first breakpoint: what is
 * cached up to there was billed, and so its length is known.
 */
function shortened(blocks: PromptBlocks, measured: number, tokens: number): PromptBlocks {
  const upTo = measured < 0 ? 0 : (blocks.ends[measured] ?? 0);
  const shorter = Math.round(Math.min(tokens, upTo / 2));
  if (shorter === 0 || upTo === 0) return blocks;
  const before = known.get(blocks)?.get(shorter);
  if (before !== undefined) return before;
  const ends = blocks.ends.map((end, block) =>
    block <= measured ? Math.round(end * (1 - shorter / upTo)) : end - shorter,
  );
  const result = { ...blocks, ends };
  known.set(blocks, (known.get(blocks) ?? new Map<number, PromptBlocks>()).set(shorter, result));
  return result;
}

function lengthWords({ tools }: ToolsSent): string {
  if (tools === null) return "its tools";
  const { count: number, tokens, share } = tools;
  const each = `${count(number)} ${number === 1 ? "tool is" : "tools are"}`;
  return `its ${each} about ${count(tokens)} tokens of each prompt, ${percent(share)}`;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}
