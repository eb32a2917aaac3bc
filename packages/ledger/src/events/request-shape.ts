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
  /** Set where the client had just replaced the conversation by a summary: what it cached before cannot be read. */
  readonly afterCompaction?: true;
}
