import type { Instant } from "../instant.ts";

/** Text to tokens: `2` counts the same text as 1.0 to 1.35 times the tokens of `1`. */
export type TokenizerGeneration = 1 | 2;

export type ThinkingSupport = "always" | "optional" | "budget" | "none";

/**
 * What is known of a model besides its price: limits, cache minimum, tokenizer, dates.
 *
 * Null means not known, never zero.
 */
export interface Model {
  /** Canonical id, without date or platform decoration. */
  readonly id: string;
  /** Models that follow one another, such as `opus`; null where the family has no successor line. */
  readonly line: "fable" | "mythos" | "opus" | "sonnet" | "haiku" | null;
  /** Place in its line; a higher one is newer. */
  readonly generation: number;
  /** Other exact ids the API accepts for it. */
  readonly aliases: readonly string[];
  readonly contextTokens: number | null;
  readonly outputTokensMax: number | null;
  /** Shortest prefix that is cached; a shorter one is silently not. */
  readonly cacheMinimumTokens: number | null;
  /** Whether `cacheMinimumTokens` is assumed rather than published. */
  readonly cacheMinimumAssumed: boolean;
  readonly tokenizer: TokenizerGeneration;
  /** How thinking is asked for: not at all, by a token budget, adaptively when asked, or always on. */
  readonly thinking: ThinkingSupport;
  /** Whether `thinking: {type: "enabled", budget_tokens}` is accepted. */
  readonly thinkingBudgetAccepted: boolean;
  /** Whether `thinking: {type: "disabled"}` is accepted, at least up to effort `high`. */
  readonly thinkingCanBeDisabled: boolean;
  readonly effortDefault: "medium" | "high" | null;
  /** Requests fail from here on; null while no date is announced. */
  readonly retiredAt: Instant | null;
  readonly source: string;
}
