import type { BatchEnded, BatchRequestSubmitted, BatchResultRecorded, BatchSubmitted } from "./batch-events.ts";
import type { BilledUsage, TokenBuckets, Usage, UsageNote } from "../usage/usage.ts";
import type { BillReported } from "./bill-reported.ts";
import type { BilledTo, RolledUpPart } from "./billing.ts";
import type { CallContext, CallIds, RateLimits } from "./call.ts";
import type { EventBase, Timestamp } from "./event-base.ts";
import type { PromptFingerprint } from "./prompt-fingerprint.ts";
import type { RequestEstimated } from "./request-estimated.ts";
import type { PeriodClosed } from "./period-closed.ts";
import type { RequestShape } from "./request-shape.ts";
import type { TrialRecorded } from "./trial-recorded.ts";

export type { BatchEnded, BatchRequestSubmitted, BatchResultRecorded, BatchSubmitted } from "./batch-events.ts";
export type { ClosedHead, ClosedModel, PeriodClosed } from "./period-closed.ts";
export type { BillLine, BillReport, BillReported, BillReportKind } from "./bill-reported.ts";
export type { BilledTo, RolledUpPart } from "./billing.ts";
export type { CallContext, CallIds, RateLimits } from "./call.ts";
export type { Timestamp } from "./event-base.ts";
export type { RequestEstimated } from "./request-estimated.ts";
export type { MeasuredRatio, TrialRecorded, TrialSide } from "./trial-recorded.ts";

/** How a value came to be known. A value that is missing is null, and says nothing of zero. */
export type Provenance = "reported" | "derived" | "estimated" | "missing";

/** How much of a response a snapshot holds; a higher one replaces a lower one of the same id. */
export type Finality = "complete" | "interrupted" | "placeholder";

export interface Timing {
  /** When the request was sent; drives cache lifetimes. */
  readonly startedAt: Timestamp | null;
  readonly startedAtProvenance: Provenance;
  readonly occurredAtProvenance: Provenance;
  readonly firstTokenAt: Timestamp | null;
}

/** A response as far as a snapshot shows it. */
interface ResponseSnapshot {
  /** As the request named it; null where only the response was seen. */
  readonly requestedModel: string | null;
  /** As the response named it: the model that is billed. */
  readonly servedModel: string;
  readonly usage: Usage;
  readonly stopReason: string | null;
  readonly billedTo: BilledTo;
  /** Whether the output count is final. `lower-bound`: at least this many tokens were generated. */
  readonly output: "final" | "lower-bound";
}

/** Another final snapshot of the same response that does not agree with the one that counts. */
export interface ConflictingSnapshot {
  readonly servedModel: string;
  readonly usage: Usage;
}

interface ResponseEvent extends EventBase, ResponseSnapshot {
  readonly finality: Finality;
  readonly ids: CallIds;
  readonly timing: Timing;
  /** Which attempt of the SDK this was, from 0; null where unknown. */
  readonly attempt: number | null;
  readonly request: RequestShape | null;
  readonly context: CallContext;
  /** The user's own labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly cacheMissReason: string | null;
  /** Absent where none was taken: importers do not see prompts. */
  readonly prompt?: PromptFingerprint;
  readonly rateLimits?: RateLimits;
  /** Final snapshots that lost against this one; see `merge.ts`. */
  readonly conflicts: readonly ConflictingSnapshot[];
}

/** One billed response. A succeeded batch item is exactly one of these. */
export interface RequestCompleted extends ResponseEvent {
  readonly type: "RequestCompleted";
  readonly finality: "complete" | "placeholder";
}

/** A stream that ended early: its input is exact, its output a lower bound. */
export interface RequestInterrupted extends ResponseEvent {
  readonly type: "RequestInterrupted";
  readonly finality: "interrupted";
  readonly observedCharacters: number | null;
}

/** An attempt that brought an error or no answer. */
export interface RequestFailed extends EventBase {
  readonly type: "RequestFailed";
  readonly ids: CallIds;
  readonly requestedModel: string | null;
  /** `unknown`: it may have run, and been billed, without an answer (a timeout). */
  readonly cost: "free" | "unknown";
  readonly status: number | null;
  readonly errorType: string;
  readonly attempt: number | null;
  readonly timing: Timing;
  readonly context: CallContext;
  readonly labels: Readonly<Record<string, string>>;
  readonly rateLimits?: RateLimits;
}

export interface RequestStarted extends EventBase {
  readonly type: "RequestStarted";
  readonly requestedModel: string | null;
  readonly context: CallContext;
  readonly labels: Readonly<Record<string, string>>;
}

/** An answer of the counting endpoint; free. */
export interface TokensCounted extends EventBase {
  readonly type: "TokensCounted";
  readonly model: string;
  readonly promptTokens: number;
  readonly context: CallContext;
  readonly labels: Readonly<Record<string, string>>;
}

export interface CaptureStarted extends EventBase {
  readonly type: "CaptureStarted";
  readonly context: CallContext;
}

export interface CaptureStopped extends EventBase {
  readonly type: "CaptureStopped";
  readonly context: CallContext;
}

/** A bounded queue overflowed: this much was seen and not recorded. */
export interface EventsDropped extends EventBase {
  readonly type: "EventsDropped";
  readonly count: number;
  readonly tokens: TokenBuckets;
  readonly context: CallContext;
}

/** Takes back an event. The event stays in the log; the account leaves it out. */
export interface UsageCorrected extends EventBase {
  readonly type: "UsageCorrected";
  readonly corrects: string;
  readonly reason: string;
}

/** A rate card of the user's own; beats shipped cards. Rates are decimal US dollars per million tokens. */
export interface PriceSet extends EventBase {
  readonly type: "PriceSet";
  readonly card: unknown;
}

/** Whether a task the labels name succeeded. */
export interface OutcomeRecorded extends EventBase {
  readonly type: "OutcomeRecorded";
  readonly labels: Readonly<Record<string, string>>;
  readonly ok: boolean;
}

export interface AdviceEvent extends EventBase {
  readonly type:
    | "AdviceIssued"
    | "AdviceAccepted"
    | "AdviceDismissed"
    | "AdviceApplied"
    | "AdviceVerified"
    | "AdviceRefuted";
  readonly advice: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/**
 * What requests came to whose detail was pruned. They were complete within one quarter of an hour, and are alike in all
 * that decides their price and in every dimension that is kept; sums of them are exact.
 *
 * `occurredAt` is that of the last one.
 */
export interface UsageRolledUp extends EventBase {
  readonly type: "UsageRolledUp";
  /** Of the first one. */
  readonly firstAt: Timestamp;
  readonly outcome: "response" | "failure";
  /** How many there were. */
  readonly requests: number;
  /** As the responses named it, or the request that failed; null where unknown. */
  readonly model: string | null;
  readonly billedTo: BilledTo;
  readonly output: "final" | "lower-bound";
  /** Of failures; null for responses. */
  readonly cost: "free" | "unknown" | null;
  readonly serviceTier: string | null;
  readonly inferenceGeo: string | null;
  readonly speed: string | null;
  readonly notes: readonly UsageNote[];
  /** Empty for failures. */
  readonly parts: readonly RolledUpPart[];
  /** Of all parts of one response. */
  readonly longestPrompt: number;
  /** Part of `output`; responses that did not report it count as 0. */
  readonly thinkingTokens: number;
  readonly webSearchRequests: number;
  readonly webFetchRequests: number;
  /** Whether the start of the requests was not a reported time. */
  readonly startEstimated: boolean;
  /** Project, service, release and environment; the other dimensions were dropped. */
  readonly context: CallContext;
  /** The workspace billed; null where it was not recorded, absent where pruning did not keep it. */
  readonly workspace?: string | null;
  /** Without those that are personal. */
  readonly labels: Readonly<Record<string, string>>;
}

export type KnownEvent =
  | RequestCompleted
  | RequestInterrupted
  | RequestFailed
  | RequestStarted
  | BatchSubmitted
  | BatchRequestSubmitted
  | BatchEnded
  | BatchResultRecorded
  | TokensCounted
  | RequestEstimated
  | CaptureStarted
  | CaptureStopped
  | EventsDropped
  | UsageCorrected
  | PriceSet
  | PeriodClosed
  | OutcomeRecorded
  | TrialRecorded
  | AdviceEvent
  | BillReported
  | UsageRolledUp;

export type EventType = KnownEvent["type"];

/** An event of a newer release. It is kept, passed on and never interpreted. */
export interface UnknownEvent {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly occurredAt: Timestamp;
  readonly [field: string]: unknown;
}

export type LedgerEvent = KnownEvent | UnknownEvent;

/** Events that hold a response, billed in full or in part. */
export type ResponseRecorded = RequestCompleted | RequestInterrupted;

/** Events that become rows: one for each request of which it is known what came of it. */
export type RequestRecorded = ResponseRecorded | RequestFailed | BatchResultRecorded;

/** A response without what decides nothing about it: the API's own usage object, the snapshots that lost, and limits. */
export type BilledResponse = (
  | Omit<RequestCompleted, "usage" | "conflicts" | "rateLimits">
  | Omit<RequestInterrupted, "usage" | "conflicts" | "rateLimits">
) & { readonly usage: BilledUsage };
