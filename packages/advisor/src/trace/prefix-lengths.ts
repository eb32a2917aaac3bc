import type { TokenBuckets } from "@farthing/ledger";
import type { Breakpoint } from "../cache/prompt-blocks.ts";

/** More than this many tokens after the last block are no mere beginning of an answer. */
const TAIL_TOKENS_MAX = 32;

/** An estimated end that is further than this from what was billed is another place. */
const SAME_PLACE_SHARE = 0.2;

/** What earlier prompts have shown of prefixes, where these are of one tokenizer. */
export interface KnownPrefixes {
  /** Tokens, where a bill has shown them. */
  readonly lengths: Map<number, number>;
  /** Those that a breakpoint was on, so that a read may end there. */
  readonly marked: Set<number>;
}

/** What is known of prefixes, by what shares a tokenizer. */
export class PrefixLengths {
  readonly #byScope = new Map<string, KnownPrefixes>();

  of(scope: string): KnownPrefixes {
    const known = this.#byScope.get(scope);
    if (known !== undefined) return known;
    const nothing: KnownPrefixes = { lengths: new Map(), marked: new Set() };
    this.#byScope.set(scope, nothing);
    return nothing;
  }
}

interface EstimatedPrompt {
  readonly prefixes: Uint32Array;
  /** By block, tokens up to and including it as estimated; those of a whole prompt sum to what was billed. */
  readonly estimated: Float64Array;
  readonly breakpoints: readonly Breakpoint[];
  readonly own: TokenBuckets;
}

/**
 * The ends of a prompt's blocks, exact where a bill shows them: what was read ends at a breakpoint of this or an earlier
 * request, and what was read and written together at the last breakpoint. Between two such places estimates are scaled.
 *
 * @param known What earlier bills have shown; added to.
 */
export function measuredEnds(
  prompt: EstimatedPrompt,
  known: KnownPrefixes,
): { readonly ends: Uint32Array; readonly tail: number } {
  const { prefixes, estimated, own } = prompt;
  learn(prompt, own, known);
  const ends = new Uint32Array(prefixes.length);
  const last = prefixes.length - 1;
  const total = own.uncachedInput + own.cacheRead + own.cacheWrite5m + own.cacheWrite1h;
  const tail = tailOf(prompt);
  let from = { block: -1, estimated: 0, end: 0 };
  for (let block = 0; block <= last; block += 1) {
    const exact = block === last ? total - tail : known.lengths.get(prefixes[block] ?? 0);
    // A length from another tokenizer or a changed estimate could pass the whole prompt, which is billed.
    if (exact === undefined || exact < from.end || exact > total) continue;
    const to = { block, estimated: estimated[block] ?? 0, end: exact };
    stretch(ends, estimated, from, to);
    from = to;
  }
  return { ends, tail };
}

/** What was not cached although a breakpoint is on the last block. */
function tailOf({ prefixes, breakpoints, own }: EstimatedPrompt): number {
  const cached = own.cacheRead + own.cacheWrite5m + own.cacheWrite1h;
  const isToTheEnd = breakpoints.at(-1)?.block === prefixes.length - 1;
  return isToTheEnd && cached > 0 && own.uncachedInput <= TAIL_TOKENS_MAX ? own.uncachedInput : 0;
}

function learn(prompt: EstimatedPrompt, own: TokenBuckets, known: KnownPrefixes): void {
  const { prefixes, breakpoints } = prompt;
  const last = breakpoints.at(-1);
  const cached = own.cacheRead + own.cacheWrite5m + own.cacheWrite1h;
  if (last === undefined) return;
  for (const { block } of breakpoints) known.marked.add(prefixes[block] ?? 0);
  if (cached === 0) return;
  remember(prompt, last.block, cached, known);
  if (own.cacheRead === 0 || prefixes.some((prefix) => known.lengths.get(prefix) === own.cacheRead)) return;
  remember(prompt, nearestMarked(prompt, own.cacheRead, known), own.cacheRead, known);
}

/** The block, of those that a breakpoint is or was on, that is estimated to end where a bill says. */
function nearestMarked(prompt: EstimatedPrompt, billed: number, { marked }: KnownPrefixes): number {
  let nearest = 0;
  let least = Infinity;
  for (const [block, prefix] of prompt.prefixes.entries()) {
    if (!marked.has(prefix) || distance(prompt, block, billed) >= least) continue;
    nearest = block;
    least = distance(prompt, block, billed);
  }
  return nearest;
}

function remember(prompt: EstimatedPrompt, block: number, tokens: number, { lengths }: KnownPrefixes): void {
  const prefix = prompt.prefixes[block] ?? 0;
  if (!lengths.has(prefix) && distance(prompt, block, tokens) <= SAME_PLACE_SHARE * tokens) lengths.set(prefix, tokens);
}

function distance({ estimated }: EstimatedPrompt, block: number, billed: number): number {
  return Math.abs((estimated[block] ?? 0) - billed);
}

interface Place {
  readonly block: number;
  readonly estimated: number;
  readonly end: number;
}

/** Puts the ends between two known places where their estimates say. */
function stretch(ends: Uint32Array, estimated: Float64Array, from: Place, to: Place): void {
  const span = to.estimated - from.estimated;
  const scale = span === 0 ? 0 : (to.end - from.end) / span;
  for (let block = from.block + 1; block < to.block; block += 1) {
    ends[block] = Math.round(from.end + ((estimated[block] ?? 0) - from.estimated) * scale);
  }
  ends[to.block] = to.end;
}
