import { type Instant, NO_CONTEXT } from "@farthing/ledger";
import { apiId } from "../import/api-id.ts";
import { claudeModel } from "../import/claude-model.ts";
import type { ImportedCall } from "../import/imported-call.ts";
import { firstText, firstValue, isTrue, objectInside, textsInside } from "../import/json-inside.ts";
import { plainWord } from "../import/plain-word.ts";
import { tagsLabel } from "../import/tags-label.ts";
import { toldInstant } from "../import/told-instant.ts";
import { type JsonObject, ownText, ownValue } from "../ndjson/json-object.ts";

/** Where events of this adapter were seen. */
export const LANGFUSE_SOURCE = "langfuse";

/** A generation as Langfuse holds it, without what was said in it. */
export interface LangfuseGeneration {
  readonly id: string;
  readonly call: ImportedCall;
  readonly isError: boolean;
  /** Answered from a cache of the gateway that wrote it. */
  readonly isCacheHit: boolean;
  /** Attributes of the OpenTelemetry span it was made from; null where it was made from none, or that is not told. */
  readonly attributes: JsonObject | null;
  /** Name of the library that made that span. */
  readonly scope: string | null;
  /** Whether the export has the field at all. */
  readonly hasMetadata: boolean;
  /** What the program that wrote it states that it cost; a cost that Langfuse reckoned is none of these. */
  readonly provided: unknown;
  /** What Langfuse shows as its cost. */
  readonly shown: unknown;
  readonly row: JsonObject;
}

/** Why an observation is no call of Claude's that could be imported. */
export interface NoGeneration {
  readonly reason: "not-a-call" | "other-provider" | "no-timestamp" | "no-model";
  readonly why: string;
}

/** The id that LiteLLM gives a generation: a time, and the id of its answer, by which its own logs name the call. */
const ID_OF_LITELLM = /^time-\d\d-\d\d-\d\d-\d+_(.+)$/;

/**
 * Reads an observation of Langfuse, as its public API answers it, as its pages export it, or as it is written into a
 * bucket, where names have underscores.
 *
 * Forms as in langfuse/langfuse: `web/src/features/public-api/types/observations.ts`,
 * `worker/src/features/database-read-stream/observation-stream.ts`,
 * `packages/shared/src/domain/observation-field-groups.ts`.
 */
export function readGeneration(row: JsonObject): LangfuseGeneration | NoGeneration {
  const type = ownText(row, "type");
  if (type !== "GENERATION")
    return { reason: "not-a-call", why: `an observation of type ${plainWord(type) ?? "none"}` };
  const id = ownText(row, "id");
  if (id === null) return { reason: "not-a-call", why: "an observation without id" };
  const name = firstText(row, "model", "providedModelName", "provided_model_name");
  if (name === null) return { reason: "no-model", why: "no model: export the field group of models too" };
  const model = claudeModel(name, null);
  if (model === null) return { reason: "other-provider", why: plainWord(name) ?? "a model without a plain name" };
  const startedAt = toldInstant(firstValue(row, "startTime", "start_time"));
  if (startedAt === null) return { reason: "no-timestamp", why: "startTime is not a point in time" };
  const metadata = objectInside(row, "metadata") ?? {};
  const attributes = objectInside(metadata, "attributes");
  return {
    id,
    call: callOf(row, { id, model, startedAt, attributes }),
    isError: ownText(row, "level") === "ERROR",
    isCacheHit: isTrue(ownValue(metadata, "cache_hit")),
    attributes,
    scope: ownText(objectInside(metadata, "scope") ?? {}, "name"),
    hasMetadata: firstValue(row, "metadata") !== undefined,
    provided: providedCost(row, metadata),
    shown: shownCost(row),
    row,
  };
}

/** The observation that another one is a part of. */
export function parentOf(row: JsonObject): string | null {
  return firstText(row, "parentObservationId", "parent_observation_id");
}

interface Known {
  readonly id: string;
  readonly model: string;
  readonly startedAt: Instant;
  readonly attributes: JsonObject | null;
}

function callOf(row: JsonObject, { id, model, startedAt, attributes }: Known): ImportedCall {
  const [, ofLitellm] = ID_OF_LITELLM.exec(id) ?? [];
  const answer = firstText(attributes ?? {}, "ai.response.id", "gen_ai.response.id") ?? ofLitellm ?? "";
  const environment = plainWord(ownValue(row, "environment"));
  return {
    source: LANGFUSE_SOURCE,
    idOf: ofLitellm === undefined ? LANGFUSE_SOURCE : "litellm",
    recordId: ofLitellm ?? id,
    messageId: apiId("msg", answer),
    requestId: null,
    model,
    startedAt,
    endedAt: toldInstant(firstValue(row, "endTime", "end_time")),
    firstTokenAt: toldInstant(firstValue(row, "completionStartTime", "completion_start_time")),
    context: {
      ...NO_CONTEXT,
      session: plainWord(firstValue(row, "sessionId", "session_id")),
      // What Langfuse writes where nobody named one.
      environment: environment === "default" ? null : environment,
      release: plainWord(ownValue(row, "release")),
    },
    labels: labelsOf(row),
  };
}

/** The user's own names for a call; the user's id is left out. */
function labelsOf(row: JsonObject): Readonly<Record<string, string>> {
  const tags = [...textsInside(row, "tags"), ...textsInside(row, "traceTags")];
  const labels: readonly (readonly [string, unknown])[] = [
    ["observation", ownValue(row, "name")],
    ["prompt-name", firstValue(row, "promptName", "prompt_name")],
    ["tags", tagsLabel(tags)],
    ["trace", firstValue(row, "traceName", "trace_name")],
  ];
  return Object.fromEntries(
    labels.flatMap(([name, value]) => {
      const kept = plainWord(value);
      return kept === null ? [] : [[name, kept] as const];
    }),
  );
}

/**
 * Langfuse reckons the cost of each kind of token apart. So a total alone was provided, as is what is named so, and
 * LiteLLM repeats its own among the metadata.
 */
function providedCost(row: JsonObject, metadata: JsonObject): unknown {
  const named = objectInside(row, "providedCostDetails") ?? objectInside(row, "provided_cost_details") ?? {};
  const shown = objectInside(row, "costDetails") ?? objectInside(row, "cost_details") ?? {};
  const kinds = Object.keys(shown).filter((kind) => kind !== "total");
  return (
    firstValue(metadata, "litellm_response_cost") ??
    firstValue(named, "total") ??
    (kinds.length === 0 ? firstValue(shown, "total") : undefined)
  );
}

function shownCost(row: JsonObject): unknown {
  const shown = objectInside(row, "costDetails") ?? objectInside(row, "cost_details") ?? {};
  return firstValue(shown, "total") ?? firstValue(row, "calculatedTotalCost", "totalCost", "total_cost");
}
