import { type Instant, NO_CONTEXT } from "@farthing/ledger";
import { apiId } from "../import/api-id.ts";
import { claudeModel } from "../import/claude-model.ts";
import type { ImportedCall } from "../import/imported-call.ts";
import { firstText, firstValue, isTrue, objectInside, textsInside } from "../import/json-inside.ts";
import { plainWord } from "../import/plain-word.ts";
import { tagsLabel } from "../import/tags-label.ts";
import { toldInstant } from "../import/told-instant.ts";
import { type JsonObject, ownObject, ownText, ownValue } from "../ndjson/json-object.ts";

/** Where events of this adapter were seen. */
export const LITELLM_SOURCE = "litellm";

/** A call as LiteLLM logged it, without what was said in it. */
export interface LitellmRecord {
  readonly call: ImportedCall;
  readonly callType: string;
  readonly isFailure: boolean;
  /** Answered from LiteLLM's own cache. */
  readonly isCacheHit: boolean;
  /** Of a failure: what the provider answered with; null where that is not told. */
  readonly errorStatus: number | null;
  readonly errorClass: string | null;
  /** As its price list gives it; null where it gives none. */
  readonly stated: unknown;
  readonly row: JsonObject;
  readonly metadata: JsonObject;
}

/** Why a row is no call of Claude's that could be imported. */
export interface NoRecord {
  readonly reason: "not-a-call" | "other-provider" | "no-timestamp" | "no-model" | "invalid-event";
  readonly why: string;
}

/** A hash of a key, as LiteLLM writes it in the place of the key. */
const KEY_HASH = /^[0-9a-f]{64}$/;

/**
 * Reads a row of LiteLLM: of its table `LiteLLM_SpendLogs`, as `/spend/logs` and its database give it, or a
 * `StandardLoggingPayload`, as its loggers write it into buckets. Both name the call the same.
 *
 * Forms as in BerriAI/litellm: `schema.prisma`, `litellm/proxy/spend_tracking/spend_tracking_utils.py`,
 * `litellm/types/utils.py`.
 */
export function readLitellmRecord(row: JsonObject): LitellmRecord | NoRecord {
  const recordId = firstText(row, "request_id", "id");
  if (recordId === null)
    return { reason: "not-a-call", why: "no request_id or id: sums of days and of keys have none" };
  const metadata = objectInside(row, "metadata") ?? {};
  const isFailure = (ownText(row, "status") ?? ownText(metadata, "status")) === "failure";
  const name = ownText(row, "model");
  if (name === null) {
    if (isFailure) return { reason: "not-a-call", why: "it failed before a model was chosen" };
    return { reason: "no-model", why: "no model" };
  }
  const provider = ownText(row, "custom_llm_provider");
  const model = claudeModel(name, provider);
  if (model === null) return { reason: "other-provider", why: otherModel(name, provider) };
  const [startedAt, endedAt] = [toldInstant(ownValue(row, "startTime")), toldInstant(ownValue(row, "endTime"))];
  if (startedAt === null) return { reason: "no-timestamp", why: "startTime is not a point in time" };
  const error = objectInside(metadata, "error_information") ?? objectInside(row, "error_information") ?? {};
  const status = Number(firstValue(error, "error_code") ?? NaN);
  return {
    call: callOf(row, { metadata, recordId, model, startedAt, endedAt }),
    callType: ownText(row, "call_type") ?? "",
    isFailure,
    isCacheHit: isTrue(ownValue(row, "cache_hit")),
    errorStatus: Number.isInteger(status) && status >= 100 && status <= 599 ? status : null,
    errorClass: plainWord(ownValue(error, "error_class")),
    stated: firstValue(row, "spend", "response_cost"),
    row,
    metadata,
  };
}

function otherModel(name: string, provider: string | null): string {
  const seller = plainWord(provider);
  return `${plainWord(name) ?? "a model without a plain name"}${seller === null ? "" : ` of ${seller}`}`;
}

interface Known {
  readonly metadata: JsonObject;
  readonly recordId: string;
  readonly model: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
}

function callOf(row: JsonObject, { metadata, recordId, model, startedAt, endedAt }: Known): ImportedCall {
  const answer = objectInside(row, "response") ?? {};
  return {
    source: LITELLM_SOURCE,
    idOf: LITELLM_SOURCE,
    recordId,
    messageId: apiId("msg", recordId) ?? apiId("msg", ownValue(answer, "id")),
    requestId: requestIdOf(row),
    model,
    startedAt,
    endedAt,
    firstTokenAt: toldInstant(ownValue(row, "completionStartTime")),
    context: { ...NO_CONTEXT, session: plainWord(firstValue(row, "session_id", "trace_id")) },
    labels: labelsOf(row, metadata),
  };
}

/** The API's request id, among the headers that LiteLLM passes on. */
function requestIdOf(row: JsonObject): string | null {
  const headers = ownObject(ownObject(row, "hidden_params") ?? {}, "additional_headers") ?? {};
  return apiId("req", firstValue(headers, "llm_provider-request-id", "llm_provider_request_id"));
}

/** Who asked, as far as that names no person: user, end user and their addresses are left out. */
function labelsOf(row: JsonObject, metadata: JsonObject): Readonly<Record<string, string>> {
  const hash = firstText(row, "api_key") ?? firstText(metadata, "user_api_key_hash", "user_api_key");
  const tags = textsInside(row, "request_tags").filter((tag) => !tag.startsWith("User-Agent:"));
  const labels: readonly (readonly [string, unknown])[] = [
    ["key", firstValue(metadata, "user_api_key_alias")],
    ["key-hash", hash !== null && KEY_HASH.test(hash) ? hash : null],
    ["model-group", firstValue(row, "model_group")],
    ["tags", tagsLabel(tags)],
    ["team", firstValue(metadata, "user_api_key_team_alias") ?? firstValue(row, "team_id")],
  ];
  return Object.fromEntries(
    labels.flatMap(([name, value]) => {
      const kept = plainWord(value);
      return kept === null ? [] : [[name, kept] as const];
    }),
  );
}
