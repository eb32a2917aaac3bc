import type { CacheBreakpoint, Instant } from "@farthing/ledger";

/** A run of a prompt between two points up to which it may be cached. */
export interface PromptSegment {
  readonly section: CacheBreakpoint["section"];
  /**
   * Stands for every byte from the start of the prompt to the end of this segment: two prompts are equal so far exactly
   * where their prefixes are.
   */
  readonly prefix: string;
  /** Tokens of this segment alone. */
  readonly tokens: number;
  /** Lifetime asked for by the breakpoint at its end; null where there is none. */
  readonly breakpoint: CacheBreakpoint["ttl"] | null;
}

/** What really was sent and answered. A bill follows from it; a ledger never sees the prompt's structure. */
export interface TrueRequest {
  readonly model: string;
  /** Null where the service has no conversations. */
  readonly session: string | null;
  readonly startedAt: Instant;
  readonly firstTokenAt: Instant;
  readonly completedAt: Instant;
  /** In order; a few segments, so that every breakpoint finds an earlier one within its look-back of 20 blocks. */
  readonly prompt: readonly PromptSegment[];
  readonly outputTokens: number;
  /** Part of `outputTokens`. */
  readonly thinkingTokens: number;
  readonly stopReason: "end_turn" | "tool_use" | "max_tokens";
  /** Set where it was sent in a batch. */
  readonly batched?: true;
}

const FIRST_TOKEN_MS = 400;
const PROMPT_TOKENS_PER_MS = 100;
const OUTPUT_TOKEN_MS = 11;

/** How long an answer takes. The same whether or not its prompt was cached, so that changed traffic keeps its times. */
export function answerTimes(
  startedAt: Instant,
  promptTokens: number,
  outputTokens: number,
): Pick<TrueRequest, "startedAt" | "firstTokenAt" | "completedAt"> {
  const firstTokenAt = startedAt + FIRST_TOKEN_MS + Math.round(promptTokens / PROMPT_TOKENS_PER_MS);
  return { startedAt, firstTokenAt, completedAt: firstTokenAt + outputTokens * OUTPUT_TOKEN_MS };
}
