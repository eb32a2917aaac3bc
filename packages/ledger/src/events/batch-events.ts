import type { CallContext } from "./call.ts";
import type { EventBase, Timestamp } from "./event-base.ts";
import type { PromptFingerprint } from "./prompt-fingerprint.ts";
import type { RequestShape } from "./request-shape.ts";

export interface BatchSubmitted extends EventBase {
  readonly type: "BatchSubmitted";
  readonly batch: string;
  readonly requestCount: number;
  readonly expiresAt: Timestamp | null;
  readonly context: CallContext;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * One request of a batch as it was submitted: what its result, read later and elsewhere, is joined with. There is one for
 * each request, so that views leave them out; `find` has them.
 */
export interface BatchRequestSubmitted extends EventBase {
  readonly type: "BatchRequestSubmitted";
  readonly batch: string;
  readonly custom: string;
  readonly requestedModel: string | null;
  readonly request: RequestShape | null;
  /** Its tokens are estimates: what is billed is known from the result. Absent where none was taken. */
  readonly prompt?: PromptFingerprint;
  readonly context: CallContext;
  readonly labels: Readonly<Record<string, string>>;
}

export interface BatchEnded extends EventBase {
  readonly type: "BatchEnded";
  readonly batch: string;
  readonly succeeded: number;
  readonly errored: number;
  readonly canceled: number;
  readonly expired: number;
}

/** A batch item that was not billed. */
export interface BatchResultRecorded extends EventBase {
  readonly type: "BatchResultRecorded";
  readonly batch: string;
  readonly custom: string;
  readonly result: "errored" | "canceled" | "expired";
  readonly errorType: string | null;
}
