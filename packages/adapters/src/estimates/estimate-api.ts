import type {
  BoundedRange,
  CallContext,
  Condition,
  EstimatedRange,
  LedgerKey,
  Money,
  UnpricedReason,
} from "@farthing/ledger";
import type { EventSink } from "../capture/event-sink.ts";
import type { CountingClient } from "./count-tokens.ts";
import type { PromptRange } from "./prompt-range.ts";
import type { HistoryLedger } from "./request-history.ts";

/** What a request would cost. */
export interface Estimate {
  /** Of the event that was recorded. */
  readonly id: string;
  readonly model: string;
  /** What the number of prompt tokens is from: the counting endpoint, earlier requests, or a rule for all models. */
  readonly basis: PromptRange["basis"];
  readonly promptTokens: EstimatedRange<number>;
  /** Thinking included. Without earlier requests to learn from, only what the request allows is known. */
  readonly outputTokens: BoundedRange<number>;
  /**
   * At list prices, without what server tools are billed for; null where there is no price. `bound` is null unless the
   * prompt was counted.
   */
  readonly usd: BoundedRange<Money> | null;
  /** Why there is no price; null where there is one. */
  readonly reason: UnpricedReason | null;
}

/** How a request is estimated. Everything may be left out. */
export interface EstimateOptions {
  /** Asked to count the prompt, which is free. Default: the prompt's size is taken from the ledger, or from a rule. */
  readonly client?: CountingClient | null;
  /** Learned from, and recorded to where it can be written to; a `Ledger` fits as it is. Default: none. */
  readonly ledger?: (HistoryLedger & EventSink & { readonly mode?: "read" | "write" }) | null;
  /** Recorded to instead. Default: the ledger. */
  readonly sink?: EventSink | null;
  /** Which earlier requests this one is like, besides those of its model. Default: all of them. */
  readonly where?: readonly Condition[];
  /** Whether it will be sent in a batch, at half the price. Default: false. */
  readonly batch?: boolean;
  /** What the prompt's hash is made with, so that it can be found again. Default: the sink's key. */
  readonly key?: LedgerKey | null;
  readonly labels?: Readonly<Record<string, string>>;
  readonly context?: Partial<CallContext>;
  /** Default: a new one. */
  readonly id?: string;
  /** Milliseconds since 1970. Default: the clock. */
  readonly now?: () => number;
}
