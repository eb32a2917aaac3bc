import {
  type CallContext,
  type CallIds,
  convertUsage,
  eventIdOf,
  formatInstant,
  InvalidEventError,
  InvalidInstantError,
  InvalidUsageError,
  parseInstant,
  type RequestCompleted,
  type RequestShape,
  type Timestamp,
} from "@farthing/ledger";
import { type JsonObject, ownObject } from "../ndjson/json-object.ts";
import { shortForm, type ShortForm, type ShortRequest } from "./short-form.ts";

/** Where events of this importer were seen, unless the line says otherwise. */
export const EVENTS_SOURCE = "events";

/**
 * The event a line in short form stands for.
 *
 * @param newId Gives the id of a response the line names by none.
 * @throws InvalidEventError naming the first field that is missing, wrong or unknown.
 */
export function responseFromShortForm(line: JsonObject, newId: () => string): RequestCompleted {
  const short = readShortForm(line);
  const complete = short.complete ?? true;
  const ids = callIds(short);
  const { usage, billedTo } = usageOf(line, short);
  const occurredAt = timestamp(short.at, "at");
  const startedAt = short.startedAt ? timestamp(short.startedAt, "startedAt") : null;
  if (startedAt !== null && startedAt > occurredAt) {
    throw new InvalidEventError("startedAt", `is later than "at", when the response was complete (${occurredAt})`);
  }
  return {
    type: "RequestCompleted",
    version: 1,
    id: eventIdOf(ids, () => (short.id ? `own:${short.id}` : newId())),
    occurredAt,
    sources: [short.source ?? EVENTS_SOURCE],
    finality: complete ? "complete" : "placeholder",
    requestedModel: short.requestedModel ?? null,
    servedModel: short.model,
    usage,
    stopReason: short.stopReason ?? null,
    billedTo: short.billedTo ?? billedTo,
    output: complete ? "final" : "lower-bound",
    ids,
    timing: {
      startedAt,
      startedAtProvenance: startedAt === null ? "missing" : "reported",
      occurredAtProvenance: "reported",
      firstTokenAt: short.firstTokenAt ? timestamp(short.firstTokenAt, "firstTokenAt") : null,
    },
    attempt: short.attempt ?? null,
    request: short.request ? requestShape(short.request) : null,
    context: callContext(short),
    labels: short.labels ?? {},
    cacheMissReason: short.cacheMissReason ?? null,
    conflicts: [],
  };
}

function readShortForm(line: JsonObject): ShortForm {
  const labels = ownObject(line, "labels");
  if (labels !== null && Object.hasOwn(labels, "__proto__")) {
    throw new InvalidEventError("labels.__proto__", "cannot be used as a name");
  }
  const parsed = shortForm.safeParse(line);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === "unrecognized_keys") {
    throw new InvalidEventError([...issue.path, issue.keys[0]].join("."), "there is no such field");
  }
  throw new InvalidEventError(issue?.path.join(".") ?? "", issue?.message ?? "not understood");
}

/** The raw object is the line's own, not the copy the check made: what is not understood in it is kept. */
function usageOf(line: JsonObject, short: ShortForm): ReturnType<typeof convertUsage> {
  try {
    const converted = convertUsage(ownObject(line, "usage"), { stopReason: short.stopReason ?? null });
    // Whatever came out of a batch was billed at its tier, also where a program left that out.
    const serviceTier = converted.usage.serviceTier ?? (short.batchId === undefined ? null : "batch");
    return { ...converted, usage: { ...converted.usage, serviceTier } };
  } catch (error) {
    if (!(error instanceof InvalidUsageError)) throw error;
    throw new InvalidEventError(error.field === "" ? "usage" : `usage.${error.field}`, reasonOf(error));
  }
}

/** The message without the field that leads it: the event's error names it again. */
function reasonOf(error: InvalidUsageError): string {
  const prefix = `usage.${error.field}: `;
  return error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
}

/** The ids as the API gave them. A bare `id` that is a message id counts as one, so that copied responses merge. */
function callIds(short: ShortForm): CallIds {
  return {
    message: short.messageId ?? (short.id?.startsWith("msg_") ? short.id : null),
    request: short.requestId ?? null,
    workspace: short.workspaceId ?? null,
    batch: short.batchId ?? null,
    custom: short.customId ?? null,
    previousMessage: short.previousMessageId ?? null,
  };
}

function callContext(short: ShortForm): CallContext {
  return {
    session: short.session ?? null,
    project: short.project ?? null,
    agent: short.agent ?? null,
    gitBranch: short.gitBranch ?? null,
    clientVersion: short.clientVersion ?? null,
    service: short.service ?? null,
    release: short.release ?? null,
    host: short.host ?? null,
    environment: short.environment ?? null,
    callSite: short.callSite ?? null,
  };
}

function requestShape(short: ShortRequest): RequestShape {
  return {
    maxTokens: short.maxTokens ?? null,
    thinking: short.thinking ?? null,
    thinkingBudgetTokens: short.thinkingBudgetTokens ?? null,
    effort: short.effort ?? null,
    stream: short.stream ?? null,
    toolCount: short.toolCount ?? null,
    cacheBreakpoints: short.cacheBreakpoints ?? null,
    temperature: short.temperature ?? null,
  };
}

/** A bare date is refused: a request does not take a day, and its price can change at midnight. */
function timestamp(text: string, field: string): Timestamp {
  try {
    if (/[Tt]/.test(text)) return formatInstant(parseInstant(text));
  } catch (error) {
    if (!(error instanceof InvalidInstantError)) throw error;
  }
  throw new InvalidEventError(field, "expected a time such as 2026-11-22T09:30:00Z");
}
