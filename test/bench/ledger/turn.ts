import type { Workload } from "./workloads.ts";

/** What became of a request. */
export type Fate = "completed" | "interrupted" | "refused" | "failed-free" | "failed-unknown";

/** The five disjoint buckets of `Usage`. */
export interface Tokens {
  readonly uncachedInput: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly cacheRead: number;
  readonly output: number;
}

/** One request of a conversation and its answer: all that its event says. */
export interface Turn {
  readonly workload: Workload;
  readonly fate: Fate;
  readonly model: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly occurredAt: number;
  readonly tokens: Tokens;
  readonly thinkingTokens: number | null;
  readonly tier: "standard" | "batch";
  readonly speed: "standard" | "fast";
  readonly geography: "global" | "us";
  readonly message: string;
  readonly request: string;
  readonly previousMessage: string | null;
  readonly batch: string | null;
  readonly customId: string | null;
  readonly session: string | null;
  readonly tenant: string;
  readonly host: string;
  readonly release: string;
  /** JSON of the prompt's blocks, without brackets. */
  readonly blocks: string;
  readonly attempt: number;
}

/** The id of a turn's event: that of the message, or of the request where there was no answer. */
export function eventId(turn: Turn): string {
  return turn.fate.startsWith("failed") ? `req:${turn.request}` : `msg:${turn.message}`;
}
