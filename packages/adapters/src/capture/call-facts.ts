import type { BilledTo, CallContext, RequestShape } from "@farthing/ledger";
import type { Endpoint } from "./endpoint.ts";
import type { Labels } from "./labels.ts";
import type { PromptDigest } from "./prompt-facts.ts";

/** What is known of one attempt of a call when it is sent. */
export interface CallFacts {
  readonly endpoint: Endpoint;
  readonly requestedModel: string | null;
  readonly shape: RequestShape | null;
  readonly digest: PromptDigest;
  /** The response that the request says it goes on from. */
  readonly previousMessage: string | null;
  readonly billedTo: BilledTo;
  /** Whether an answer is expected to come as a stream of events. */
  readonly isStream: boolean;
  readonly startedAtMs: number;
  /** From 0; null where unknown. */
  readonly attempt: number | null;
  readonly context: CallContext;
  readonly labels: Labels;
  /** Of a batch that is handed in: what it asks for, kept until it is answered. */
  readonly batchBody: unknown;
}
