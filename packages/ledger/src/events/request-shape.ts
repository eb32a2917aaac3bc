export interface CacheBreakpoint {
  readonly section: "tools" | "system" | "messages";
  readonly ttl: "5m" | "1h";
}

/** What was asked for, without its text. */
export interface RequestShape {
  readonly maxTokens: number | null;
  readonly thinking: "enabled" | "adaptive" | "disabled" | null;
  readonly thinkingBudgetTokens: number | null;
  readonly effort: string | null;
  readonly stream: boolean | null;
  readonly toolCount: number | null;
  readonly cacheBreakpoints: readonly CacheBreakpoint[] | null;
  readonly temperature: number | null;
  /** Whether a tool may be used, must be, or which; absent where the request does not say. */
  readonly toolChoice?: "auto" | "any" | "tool" | "none";
  /** Set where the answer must have a form that was given. */
  readonly outputFormat?: true;
  /**
   * About how many bytes of UTF-8 a model reads of the prompt, within 1 %; absent where it also has images or documents.
   * With what was billed it tells how many bytes a token is.
   */
  readonly promptBytes?: number;
  /** Set where the client had just replaced the conversation by a summary: what it cached before cannot be read. */
  readonly afterCompaction?: true;
}
