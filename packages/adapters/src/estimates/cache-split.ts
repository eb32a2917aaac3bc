import { matchModel, modelById, NO_TOKENS, type TokenBuckets } from "@farthing/ledger";
import { apportion, type PromptDigest } from "../prompts/index.ts";
import { REQUESTS_MIN } from "./prompt-range.ts";
import type { PastRequest } from "./request-history.ts";

/** How the tokens of a prompt may be billed: what is marked to be cached is read or written, the rest is neither. */
export interface CacheSplit {
  /** All that is marked is there already. */
  read(promptTokens: number): TokenBuckets;
  /** None of it is. */
  written(promptTokens: number): TokenBuckets;
  /** As it was for earlier requests; where there are too few, none of it is there. */
  expected(promptTokens: number): TokenBuckets;
}

export function cacheSplit(digest: PromptDigest | null, model: string, history: readonly PastRequest[]): CacheSplit {
  const marked = markedWeights(digest);
  const minimum = modelById(matchModel(model)?.model ?? model)?.cacheMinimumTokens ?? 0;
  const split = (
    promptTokens: number,
    as: (marked1h: number, marked5m: number) => Partial<TokenBuckets>,
  ): TokenBuckets => {
    const [marked1h = 0, marked5m = 0, rest = 0] = apportion(promptTokens, marked);
    if (marked1h + marked5m < Math.max(minimum, 1)) return { ...NO_TOKENS, uncachedInput: promptTokens };
    return { ...NO_TOKENS, ...as(marked1h, marked5m), uncachedInput: rest };
  };
  const written = (promptTokens: number): TokenBuckets =>
    split(promptTokens, (cacheWrite1h, cacheWrite5m) => ({ cacheWrite1h, cacheWrite5m }));
  return {
    read: (promptTokens) => split(promptTokens, (marked1h, marked5m) => ({ cacheRead: marked1h + marked5m })),
    written,
    expected: (promptTokens) => {
      if (history.length < REQUESTS_MIN || written(promptTokens).uncachedInput === promptTokens)
        return written(promptTokens);
      const sums = history.reduce<readonly number[]>(
        (sum, { tokens }) => bucketsOf(tokens).map((count, index) => count + (sum[index] ?? 0)),
        [],
      );
      const [uncachedInput = 0, cacheWrite5m = 0, cacheWrite1h = 0, cacheRead = 0] = apportion(promptTokens, sums);
      return { ...NO_TOKENS, uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead };
    },
  };
}

function bucketsOf({ uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead }: TokenBuckets): readonly number[] {
  return [uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead];
}

/** About how many tokens are before the last mark for an hour, from there to the last mark, and after it. */
function markedWeights(digest: PromptDigest | null): readonly number[] {
  const blocks = digest?.blocks ?? [];
  const last1h = blocks.findLastIndex(({ ttl }) => ttl === "1h");
  const last = blocks.findLastIndex(({ ttl }) => ttl !== null);
  const weights = [0, 0, 0];
  for (const [index, { tokens }] of blocks.entries()) {
    const part = index <= last1h ? 0 : index <= last ? 1 : 2;
    weights[part] = (weights[part] ?? 0) + tokens;
  }
  return weights;
}
