import { promptTokens, type EstimatedRange } from "@farthing/ledger";
import type { PromptDigest } from "../prompts/index.ts";
import { HIGH_SHARE, LOW_SHARE, MIDDLE_SHARE, quantile } from "./quantile.ts";
import type { PastRequest } from "./request-history.ts";

/** How long a prompt will be, and what says so. */
export interface PromptRange {
  readonly basis: "counted" | "history" | "rule";
  readonly tokens: EstimatedRange<number> & { readonly expected: number; readonly high: number };
}

/** Fewer requests say too little of the next one. */
export const REQUESTS_MIN = 5;
/** Prompts of a size within this factor are of the same kind, as what the API adds to them weighs the same. */
const LIKE_FACTOR = 2;
/** Of ten recorded requests, the rule is off by less than this share for nine; see `test/prompts`. */
const RULE_ERROR = 0.3;

/** @param counted What the counting endpoint says; null where it was not asked or did not answer. */
export function promptRange(
  digest: PromptDigest | null,
  counted: number | null,
  history: readonly PastRequest[],
): PromptRange {
  if (counted !== null) return { basis: "counted", tokens: { low: counted, expected: counted, high: counted } };
  const learned = digest === null ? null : learnedRange(digest, history);
  if (learned !== null) return { basis: "history", tokens: learned };
  const estimated = digest === null ? 0 : digest.blocks.reduce((sum, { tokens }) => sum + tokens, 0);
  const low = Math.floor(estimated * (1 - RULE_ERROR));
  return { basis: "rule", tokens: { low, expected: estimated, high: Math.ceil(estimated * (1 + RULE_ERROR)) } };
}

/** Tokens per byte as the ledger has seen them. */
function learnedRange(
  { textBytes, mediaTokens }: PromptDigest,
  history: readonly PastRequest[],
): PromptRange["tokens"] | null {
  const known = history.filter(({ promptBytes }) => promptBytes !== null && promptBytes > 0);
  const alike = known.filter(({ promptBytes }) => isAlike(promptBytes ?? 0, textBytes));
  const rates = (alike.length >= REQUESTS_MIN ? alike : known).map(
    ({ tokens, promptBytes }) => promptTokens(tokens) / (promptBytes ?? 1),
  );
  if (rates.length < REQUESTS_MIN) return null;
  const at = (share: number): number => Math.round(textBytes * (quantile(rates, share) ?? 0)) + mediaTokens;
  return { low: at(LOW_SHARE), expected: at(MIDDLE_SHARE), high: at(HIGH_SHARE) };
}

function isAlike(a: number, b: number): boolean {
  return a <= b * LIKE_FACTOR && b <= a * LIKE_FACTOR;
}
