import type { TokenReading } from "./read-tokens.ts";
import {
  addTokens,
  TOKEN_BUCKETS,
  type TokenBuckets,
  type UsageNote,
  type UsagePart,
  type UsagePartKind,
} from "./usage.ts";

/** One entry of a usage object's `iterations`. */
export interface Iteration {
  readonly index: number;
  readonly kind: Exclude<UsagePartKind, "response">;
  /** Null where the entry does not name one: the response's own. */
  readonly model: string | null;
  readonly reading: TokenReading;
}

/** What is billed for a response, and what had to be decided on the way. */
export interface BilledParts {
  readonly parts: readonly UsagePart[];
  readonly notes: readonly UsageNote[];
}

/**
 * Decides which passes of a response are billed.
 *
 * - Where another model took over (`fallback_message`), the top level tells of that model only, so every hop is
 *   billed at its own. A hop that declined before it wrote anything is free.
 * - Otherwise the top level stands for all `message` passes, unless they add up to more: some responses report
 *   the first pass only.
 * - Compaction and advisor passes are never part of the top level.
 */
export function billedParts(top: TokenReading, iterations: readonly Iteration[]): BilledParts {
  // Most responses are of one pass.
  if (iterations.length === 0) return { parts: [topPart(top)], notes: top.note === null ? [] : [top.note] };
  const apart = iterations.filter(({ kind }) => kind === "compaction" || kind === "advisor_message");
  const hops = iterations.filter(({ kind }) => kind === "message" || kind === "fallback_message");
  if (hops.some(({ kind }) => kind === "fallback_message")) {
    const last = hops.at(-1);
    const billed = hops.filter((hop) => hop === last || hop.reading.tokens.output > 0);
    return fromIterations([...billed, ...apart], []);
  }
  if (hops.length === 0) return withTop(top, apart, []);

  const total = hops.map((hop) => hop.reading).reduce(addReadings);
  const known = withLifetimesOf(total, top);
  const comparison = compareTokens(total, known);
  if (comparison === "equal") return withTop(known, apart, []);
  const notes: UsageNote[] = ["iterations-differ-from-total"];
  return comparison === "more" ? fromIterations([...hops, ...apart], notes) : withTop(known, apart, notes);
}

function withTop(top: TokenReading, apart: readonly Iteration[], notes: readonly UsageNote[]): BilledParts {
  const rest = fromIterations(apart, notes);
  return { parts: [topPart(top), ...rest.parts], notes: top.note === null ? rest.notes : [top.note, ...rest.notes] };
}

function topPart({ tokens }: TokenReading): UsagePart {
  return { iteration: null, kind: "response", model: null, tokens };
}

function fromIterations(iterations: readonly Iteration[], notes: readonly UsageNote[]): BilledParts {
  const inOrder = iterations.toSorted((a, b) => a.index - b.index);
  return {
    parts: inOrder.map(({ kind, index, model, reading }) => ({
      iteration: index,
      kind,
      model,
      tokens: reading.tokens,
    })),
    notes: [...inOrder.flatMap(({ reading }) => reading.note ?? []), ...notes],
  };
}

function addReadings(a: TokenReading, b: TokenReading): TokenReading {
  return {
    tokens: addTokens(a.tokens, b.tokens),
    note: null,
    lifetimesAssumed: a.lifetimesAssumed || b.lifetimesAssumed,
  };
}

/** The top level with the lifetimes its passes report, where it has to guess them and they need not. */
function withLifetimesOf(passes: TokenReading, top: TokenReading): TokenReading {
  if (!top.lifetimesAssumed || passes.lifetimesAssumed || writes(passes.tokens) !== writes(top.tokens)) return top;
  const { cacheWrite5m, cacheWrite1h } = passes.tokens;
  return { tokens: { ...top.tokens, cacheWrite5m, cacheWrite1h }, note: null, lifetimesAssumed: false };
}

/** How the passes compare with the top level: `more` in some bucket and less in none, `equal`, or `other`. */
function compareTokens(passes: TokenReading, top: TokenReading): "more" | "equal" | "other" {
  // A guessed lifetime is no disagreement, so writes are then compared as one count.
  const split = passes.lifetimesAssumed === top.lifetimesAssumed;
  const [a, b] = split ? [passes.tokens, top.tokens] : [joinWrites(passes.tokens), joinWrites(top.tokens)];
  if (TOKEN_BUCKETS.every((bucket) => a[bucket] === b[bucket])) return "equal";
  return TOKEN_BUCKETS.every((bucket) => a[bucket] >= b[bucket]) ? "more" : "other";
}

function writes(tokens: TokenBuckets): number {
  return tokens.cacheWrite5m + tokens.cacheWrite1h;
}

function joinWrites(tokens: TokenBuckets): TokenBuckets {
  return { ...tokens, cacheWrite5m: writes(tokens), cacheWrite1h: 0 };
}
