import type { TokenBuckets } from "@farthing/ledger";
import type { Breakpoint } from "../cache/prompt-blocks.ts";

/** More than this many tokens after the last block are no mere beginning of an answer. */
const TAIL_TOKENS_MAX = 32;

/** An estimated end that is further than this from what was billed is another place. */
const SAME_PLACE_SHARE = 0.2;

/** Tokens of prefixes, where a bill has shown them; by what shares a tokenizer. */
export class PrefixLengths {
  readonly #byScope = new Map<string, Map<number, number>>();

  of(scope: string): Map<number, number> {
    const known = this.#byScope.get(scope);
    if (known !== undefined) return known;
    const lengths = new Map<number, number>();
    this.#byScope.set(scope, lengths);
    return lengths;
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
  known: Map<number, number>,
): { readonly ends: Uint32Array; readonly tail: number } {
  const { prefixes, estimated, own } = prompt;
  learn(prompt, own, known);
  const ends = new Uint32Array(prefixes.length);
  const last = prefixes.length - 1;
  const total = own.uncachedInput + own.cacheRead + own.cacheWrite5m + own.cacheWrite1h;
  const tail = tailOf(prompt);
  let from = { block: -1, estimated: 0, end: 0 };
  for (let block = 0; block <= last; block += 1) {
    const exact = block === last ? total - tail : known.get(prefixes[block] ?? 0);
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

function learn(prompt: EstimatedPrompt, own: TokenBuckets, known: Map<number, number>): void {
  const { prefixes, breakpoints } = prompt;
  const last = breakpoints.at(-1);
  const cached = own.cacheRead + own.cacheWrite5m + own.cacheWrite1h;
  if (last === undefined || cached === 0) return;
  remember(prompt, last.block, cached, known);
  if (own.cacheRead === 0 || prefixes.some((prefix) => known.get(prefix) === own.cacheRead)) return;
  const nearest = breakpoints.reduce((best, each) =>
    distance(prompt, each.block, own.cacheRead) < distance(prompt, best.block, own.cacheRead) ? each : best,
  );
  remember(prompt, nearest.block, own.cacheRead, known);
}

function remember(prompt: EstimatedPrompt, block: number, tokens: number, known: Map<number, number>): void {
  const prefix = prompt.prefixes[block] ?? 0;
  if (!known.has(prefix) && distance(prompt, block, tokens) <= SAME_PLACE_SHARE * tokens) known.set(prefix, tokens);
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
