import type { BilledTo } from "@farthing/ledger";
import { isJsonObject, ownObject, ownText, ownValue, type JsonObject } from "../ndjson/json-object.ts";
import { Attempt } from "./attempt.ts";
import { prefixesOf, type PromptPrefixes } from "./conversations.ts";
import { endpointOf, type Endpoint } from "./endpoint.ts";
import { joinLabels, labelsHere, type Labels } from "./labels.ts";
import { digestPrompt, shapeOf } from "../prompts/index.ts";
import type { Recorder } from "./recorder.ts";

/** A request that is about to be sent, however it was caught. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: string;
  /** Which attempt it is, as the SDK says in a header; null where it does not. */
  readonly retryCount: string | null;
  /** Of this call alone. */
  readonly labels: Labels;
  /** Gives what is asked for; called for what is recorded only. */
  readonly body: () => unknown;
}

export interface BegunAttempt {
  readonly attempt: Attempt;
  /** What `diagnostics.previous_message_id` is to be; undefined where the request stays as it is. */
  readonly previousMessage: string | null | undefined;
}

const NO_PREFIXES: PromptPrefixes = [];

/** Takes down what is known when a request is sent; null for requests of which nothing is recorded. */
export function beginAttempt(recorder: Recorder, request: OutgoingRequest): BegunAttempt | null {
  const endpoint = endpointOf(request.method, request.url);
  if (endpoint === null) return null;
  const startedAtMs = recorder.now();
  const asked = hasBody(endpoint) ? recorder.guard(request.body, null) : null;
  const body = isJsonObject(asked) ? asked : null;
  const isMessage = endpoint.kind === "message";
  const model = body === null ? null : ownText(body, "model");
  const digest = isMessage ? recorder.guard(() => digestPrompt(body), null) : null;
  const shape = isMessage ? recorder.guard(() => shapeOf(body, digest), null) : null;
  const prefixes =
    recorder.conversations !== null && isMessage && body !== null
      ? recorder.guard(() => prefixesOf(body), NO_PREFIXES)
      : NO_PREFIXES;
  const named = body === null ? undefined : namedPrevious(body);
  const previousMessage =
    recorder.conversations === null || prefixes.length === 0 || named !== undefined
      ? undefined
      : recorder.conversations.previousOf(prefixes);
  const callSite =
    isMessage && body !== null ? recorder.guard(() => recorder.callSites?.take(body) ?? null, null) : null;
  const attempt = new Attempt(
    recorder,
    {
      endpoint,
      requestedModel: model,
      shape,
      digest,
      previousMessage: previousMessage ?? (typeof named === "string" ? named : null),
      billedTo: body === null ? "self" : payerOf(body),
      isStream: body !== null && ownValue(body, "stream") === true,
      startedAtMs,
      attempt: countOf(request.retryCount),
      context: callSite === null ? recorder.context : { ...recorder.context, callSite },
      labels: joinLabels(joinLabels(recorder.labels, labelsHere()), request.labels),
      batchBody: endpoint.kind === "batch-create" ? asked : null,
    },
    prefixes,
  );
  return { attempt, previousMessage };
}

function hasBody({ kind }: Endpoint): boolean {
  return kind === "message" || kind === "count-tokens" || kind === "batch-create";
}

/** The response the request itself says it goes on from; undefined where it does not use diagnostics at all. */
function namedPrevious(body: JsonObject): unknown {
  const diagnostics = ownValue(body, "diagnostics");
  if (diagnostics === undefined) return undefined;
  return isJsonObject(diagnostics) ? (ownValue(diagnostics, "previous_message_id") ?? null) : null;
}

function payerOf(body: JsonObject): BilledTo {
  const policy = ownObject(body, "billing_policy");
  return policy !== null && ownText(policy, "bill_to") === "user_profile" ? "user-profile" : "self";
}

function countOf(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
