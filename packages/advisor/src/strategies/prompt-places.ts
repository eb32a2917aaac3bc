import type { CacheLifetime } from "../cache/cache-rules.ts";
import type { Breakpoint, PromptBlocks } from "../trace/counterfactual-prompt.ts";
import type { PrefixTable } from "../trace/prefix-table.ts";

/** Where code can put a `cache_control` in one prompt: numbers of blocks, null where there is none of the kind. */
export interface PromptPlaces {
  /** The last tool. */
  readonly tools: number | null;
  /** The last system block. */
  readonly system: number | null;
  /** The last block that can be marked, which automatic caching marks: usually the end of the newest message. */
  readonly newest: number;
}

/** A place within the messages: so many blocks after the system prompt, or before the newest block. */
export interface PlaceInMessages {
  readonly from: "start" | "end";
  readonly blocks: number;
}

/** Which places to mark, and for how long; null leaves one alone. */
export interface Placement {
  readonly tools: CacheLifetime | null;
  readonly system: CacheLifetime | null;
  readonly shared: (PlaceInMessages & { readonly ttl: CacheLifetime }) | null;
  readonly newest: CacheLifetime | null;
}

/** Neither can be marked. Source: `@anthropic-ai/sdk` 1.12, whose thinking blocks have no `cache_control`. */
const UNMARKABLE = /thinking$|^output_format$/;

/** The places of a prompt. */
export function placesIn({ prefixes }: PromptBlocks, table: PrefixTable): PromptPlaces {
  let tools: number | null = null;
  let system: number | null = null;
  for (let block = 0; block < prefixes.length; block += 1) {
    const own = table.kindOf(prefixes[block] ?? 0);
    if (own === null || own.section === "messages") break;
    if (UNMARKABLE.test(own.kind)) continue;
    if (own.section === "tools") tools = block;
    else system = block;
  }
  return { tools, system, newest: newestBlock(prefixes, prefixes.length - 1, table) };
}

/** The last block up to some block that can be marked. */
export function newestBlock(prefixes: Uint32Array, last: number, table: PrefixTable): number {
  let newest = last;
  while (newest > 0 && UNMARKABLE.test(table.kindOf(prefixes[newest] ?? 0)?.kind ?? "")) newest -= 1;
  return newest;
}

/** The last block before the messages; -1 where a prompt has only these. */
export function headEnd({ tools, system }: PromptPlaces): number {
  return system ?? tools ?? -1;
}

/** The block of a place within the messages; null where the prompt is too short for it. */
function sharedBlock(places: PromptPlaces, { from, blocks }: PlaceInMessages): number | null {
  const block = from === "start" ? headEnd(places) + blocks : places.newest - blocks;
  return block > headEnd(places) && block <= places.newest ? block : null;
}

/** The breakpoints that a placement makes in a prompt, in order of their blocks. */
export function breakpointsAt(placement: Placement, places: PromptPlaces): readonly Breakpoint[] {
  const marked = new Map<number, CacheLifetime>();
  const mark = (block: number | null, ttl: CacheLifetime | null): void => {
    // A block takes one `cache_control`: that which was placed first, which lives at least as long.
    if (block !== null && ttl !== null && !marked.has(block)) marked.set(block, ttl);
  };
  mark(places.tools, placement.tools);
  mark(places.system, placement.system);
  if (placement.shared !== null) mark(sharedBlock(places, placement.shared), placement.shared.ttl);
  mark(places.newest, placement.newest);
  return [...marked].map(([block, ttl]) => ({ block, ttl })).sort((a, b) => a.block - b.block);
}

/** What a plan moves beside placing breakpoints, where that changes the words. */
export interface MovedWords {
  /** How many blocks come between the system prompt, as it was, and the messages. */
  readonly behindSystem: number;
  /** Whether blocks come after the newest message, where automatic caching would put its breakpoint. */
  readonly toEnd: boolean;
}

/** A placement in the words of code. */
export function placementWords(
  { tools, system, shared, newest }: Placement,
  { behindSystem, toEnd }: MovedWords = { behindSystem: 0, toEnd: false },
): readonly string[] {
  const last = toEnd
    ? "on the last block of the newest message before what was moved"
    : "on the newest message (automatic caching: top-level cache_control)";
  return [
    tools === null ? null : `after the tools (on the last one)${lifetimeWords(tools)}`,
    system === null
      ? null
      : `on the last system block${behindSystem === 0 ? "" : " that stays"}${lifetimeWords(system)}`,
    shared === null ? null : `${sharedWords(shared, behindSystem)}${lifetimeWords(shared.ttl)}`,
    newest === null ? null : `${last}${lifetimeWords(newest)}`,
  ].filter((words) => words !== null);
}

function sharedWords({ from, blocks }: PlaceInMessages, behindSystem: number): string {
  if (from === "start" && blocks <= behindSystem) return `on the ${ordinal(blocks)} block that was moved`;
  if (from === "end") return `on the ${blocks === 1 ? "block" : `${ordinal(blocks)} block`} before the last one`;
  return `on the ${ordinal(blocks - behindSystem)} block of the messages, up to which requests share them`;
}

/** `5m` is what a `cache_control` without a lifetime asks for. */
function lifetimeWords(ttl: CacheLifetime): string {
  return ttl === "5m" ? "" : ` with "ttl": "${ttl}"`;
}

export function ordinal(number: number): string {
  const last = number % 10;
  const isTeen = Math.floor((number % 100) / 10) === 1;
  return `${String(number)}${isTeen ? "th" : (["th", "st", "nd", "rd"][last] ?? "th")}`;
}
