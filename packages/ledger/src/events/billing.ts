import type { TokenBuckets, UsagePartKind } from "../usage/usage.ts";

/** Who pays for a response. */
export type BilledTo =
  | "self"
  /** `billing_policy: user_profile`: another account is billed. */
  | "user-profile"
  /** A request refused before any output is not billed. */
  | "nobody";

/** Tokens of one kind of part of the usage of several responses. */
export interface RolledUpPart {
  readonly kind: UsagePartKind;
  /** The model billed where the usages name one; null means the responses' own model. */
  readonly model: string | null;
  readonly tokens: TokenBuckets;
  /** The longest prompt, cached tokens included. No price known at the time tells it from the shortest one. */
  readonly longestPrompt: number;
}
