import type { Instant, PromptBlock, RequestShape } from "@farthing/ledger";

/** A block of a prompt that nobody wrote: who it is, and how long. The same object wherever the same bytes are sent. */
export interface TrueBlock {
  readonly section: PromptBlock["section"];
  readonly kind: string;
  /** Equal where the bytes are. */
  readonly id: string;
  /** Tokens at the model of the request that it is in. */
  readonly tokens: number;
  /** What a recorder takes it for before it is scaled to the bill. */
  readonly estimatedTokens: number;
  /** What a change may do with it; nothing that a recorder sees. */
  readonly role: "static" | "volatile" | "unused" | "asked" | "answer";
}

export interface TrueBreakpoint {
  readonly block: number;
  readonly ttl: "5m" | "1h";
}

/** What really was sent and answered. */
export interface TrueRequest {
  /** The same in changed traffic, so that what chance did to a request it does to the changed one. */
  readonly id: string;
  readonly service: string;
  readonly session: string | null;
  readonly workspace: string;
  readonly model: string;
  readonly speed: "standard" | "fast";
  readonly geo: "global" | "us";
  readonly tier: "standard" | "batch";
  readonly startedAt: Instant;
  readonly firstTokenAt: Instant;
  readonly completedAt: Instant;
  /** In the order tools, system, messages. */
  readonly blocks: readonly TrueBlock[];
  /** In the order of their blocks. */
  readonly breakpoints: readonly TrueBreakpoint[];
  readonly maxTokens: number;
  readonly thinking: RequestShape["thinking"];
  readonly effort: string | null;
  readonly toolChoice: "auto" | "any" | "none";
  readonly outputFormat: string | null;
  readonly stream: boolean;
  readonly outputTokens: number;
  /** Part of `outputTokens`. */
  readonly thinkingTokens: number;
  readonly stopReason: "end_turn" | "tool_use" | "max_tokens";
  readonly webSearches: number;
  readonly attempt: number;
  /** False where the caller left before the end: what it saw is less than what was billed. */
  readonly completed: boolean;
  /** Why nobody would miss it; null for what is wanted. */
  readonly needless: "duplicate" | "retried" | "truncated" | "unneeded-search" | null;
  /** The requests that were sent at once with it; null where it was sent alone. */
  readonly burst: string | null;
}

const FIRST_TOKEN_MS = 400;
const PROMPT_TOKENS_PER_MS = 100;
const OUTPUT_TOKEN_MS = 11;

/** How long an answer takes, cached or not, so that changed traffic keeps its times. */
export function answerTimes(
  startedAt: Instant,
  promptTokens: number,
  outputTokens: number,
): Pick<TrueRequest, "startedAt" | "firstTokenAt" | "completedAt"> {
  const firstTokenAt = startedAt + FIRST_TOKEN_MS + Math.round(promptTokens / PROMPT_TOKENS_PER_MS);
  return { startedAt, firstTokenAt, completedAt: firstTokenAt + outputTokens * OUTPUT_TOKEN_MS };
}

export function tokensOf(blocks: readonly TrueBlock[]): number {
  return blocks.reduce((sum, { tokens }) => sum + tokens, 0);
}
