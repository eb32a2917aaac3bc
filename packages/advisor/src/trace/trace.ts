import type { Instant, Money, RequestShape, TokenBuckets, BilledUsage } from "@farthing/ledger";
import type { CacheLifetime } from "../cache/cache-rules.ts";
import type { PrefixTable } from "./prefix-table.ts";
import type { TracePrompt } from "./read-prompts.ts";

/** Stands for the workload of responses that have none. */
export const UNNAMED_WORKLOAD = "(unnamed)";

/** One billed response as the advisor sees it: what was sent, when, and what the API billed. */
export interface TraceRequest {
  /** The event's id. */
  readonly id: string;
  readonly startedAt: Instant;
  /** Start times from transcripts are estimates; lifetimes judged from them are too. */
  readonly startedAtEstimated: boolean;
  /** When its answer began, and others could read what it wrote; the end where that is unknown. */
  readonly firstTokenAt: Instant;
  /** Decides price and day. */
  readonly occurredAt: Instant;
  /** As served; decides the price. */
  readonly model: string;
  /** What its cached prefixes belong to: the model without decorations, and its speed. */
  readonly cacheKey: string;
  /** Of Anthropic; workspaces share no cache. Null where unknown. */
  readonly workspace: string | null;
  /** Where it was recorded; decides how it is paid for. */
  readonly sources: readonly string[];
  readonly workload: string;
  readonly fromClaudeCode: boolean;
  readonly session: string | null;
  readonly agent: string | null;
  readonly callSite: string | null;
  readonly shape: RequestShape | null;
  readonly stopReason: string | null;
  /** Which attempt of the client this was, from 0; null where unknown. */
  readonly attempt: number | null;
  /** False for a stream that ended early: nobody saw its whole answer. */
  readonly completed: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** The API's own diagnosis of a cache miss; null where there is none. */
  readonly cacheMissReason: string | null;
  /** As billed. */
  readonly usage: BilledUsage;
  /** What that costs at the prices of its own instant. */
  readonly billed: BilledCost;
  /** The part of the usage that answered the request itself; null where a fallback or server loop replaced it. */
  readonly own: TokenBuckets | null;
  /** False where the recorded output is only a lower bound. No saving rests on such output. */
  readonly outputFinal: boolean;
  readonly prefix: PrefixEvidence;
  /** Its prompt, block by block; null where it was not fingerprinted, or what was billed for it alone is not known. */
  readonly prompt: TracePrompt | null;
}

/** What a response cost at the prices of its own instant. */
export interface BilledCost {
  /** Null where it has no price. */
  readonly total: Money | null;
  /** Of it, the output of the answer to the request itself. */
  readonly output: Money;
  /** Of it, what other parts of the usage came to: fallbacks, compactions, advisors. */
  readonly beside: Money;
}

/** Why a prefix that had been cached was written again. */
export type MissCause =
  /** The prefix had outlived its lifetime. */
  | "expired"
  /** Another model served it, and caches belong to one model. */
  | "model-changed"
  /** The prompt became shorter than what had been cached, so it is another one: a compaction, /clear, an edit. */
  | "context-replaced"
  /** The API's own diagnosis was recorded; see the event. */
  | "diagnosed"
  /** Neither the record nor its times explain it. */
  | "not-recorded";

/** What the recorded reads, writes and times prove about a request's cached prefix. */
export interface PrefixEvidence {
  /** Place in the trace of the request this one continues; null for the first of a conversation. */
  readonly previous: number | null;
  /** Lifetime its writes asked for; where it wrote nothing, that of the request it continues. Null: no caching. */
  readonly lifetime: CacheLifetime | null;
  /** Prompt tokens up to the last breakpoint: read or written. */
  readonly cacheable: number;
  /** Of these, tokens that equal what the previous request had cached, as far as the record proves. */
  readonly reusable: number;
  /** Tokens read although no request of this conversation can have kept them alive: others share the prefix. */
  readonly sharedRead: number;
  /** What had been cached and was not read back: how much of it was written, and why; null where nothing notable. */
  readonly miss: { readonly tokens: number; readonly cause: MissCause } | null;
}

/** All requests in order of their start. */
export interface Trace {
  readonly requests: readonly TraceRequest[];
  /** Places in `requests` by workload, in the same order. */
  readonly workloads: ReadonlyMap<string, readonly number[]>;
  /** What the prefixes of prompts end with, by the key of their fingerprints. */
  readonly prefixes: ReadonlyMap<string, PrefixTable>;
  /** How many calls were left out because they were made for a trial; absent where none was. */
  readonly trialCalls?: number;
}
