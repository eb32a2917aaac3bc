import type { BilledResponse, RequestFailed } from "../events/event.ts";
import type { ContextField } from "../rows/request-rows.ts";
import type { Calendar } from "./calendar.ts";

/** An event that a request left behind: an answer, or the failure of one attempt. */
export type RequestEvent = BilledResponse | RequestFailed;

/** The dimensions by which spend is grouped and filtered, besides the user's own labels. */
export const GROUP_KEYS = [
  "hour",
  "day",
  "month",
  "model",
  "workload",
  "service",
  "workspace",
  "session",
  "project",
  "agent",
  "branch",
  "source",
  "release",
  "host",
  "environment",
] as const;

/** A dimension: one of `GROUP_KEYS`, or `label:` and the name of a label. */
export type GroupKey = (typeof GROUP_KEYS)[number] | `label:${string}`;

/** Reads a dimension's name; null where there is none of that name. */
export function parseGroupKey(text: string): GroupKey | null {
  if (text.startsWith("label:")) return text.length > "label:".length ? `label:${text.slice("label:".length)}` : null;
  return GROUP_KEYS.find((key) => key === text) ?? null;
}

/** What of a request decides its groups, besides its time and its model. */
export type RequestContext = Pick<RequestEvent, "context" | "labels" | "sources"> & BilledWorkspace;

/** The workspace billed, where an event has it and where rows have it; absent where nothing tells it. */
interface BilledWorkspace {
  readonly ids?: { readonly workspace: string | null };
  readonly workspace?: string | null;
}

/** Dimensions that a request's time decides. */
export type TimeKey = "hour" | "day" | "month";

/** Dimensions that who made a request decides. */
export type ContextKey = Exclude<GroupKey, TimeKey | "model">;

export function isTimeKey(key: GroupKey): key is TimeKey {
  return key === "hour" || key === "day" || key === "month";
}

export function isContextKey(key: GroupKey): key is ContextKey {
  return key !== "model" && !isTimeKey(key);
}

/** The source under which Claude Code transcripts are recorded. */
export const CLAUDE_CODE = "claude-code";

/**
 * What a request was made for: the unit that advice is given for.
 *
 * The label `workload` where the user set one, else the service that called, else the project of a Claude Code
 * session; null where nothing is known.
 */
export function workloadOf(event: RequestContext): string | null {
  const label = labelOf(event, "workload");
  if (label !== null) return label;
  if (event.context.service !== null) return event.context.service;
  return event.sources.includes(CLAUDE_CODE) ? event.context.project : null;
}

/** A request's value in a dimension; null where it has none. Days and months are the calendar's. */
export function groupValue(event: RequestEvent, key: GroupKey, calendar: Calendar): string | null {
  if (isContextKey(key)) return contextValue(event, key);
  if (key === "model") return "servedModel" in event ? event.servedModel : event.requestedModel;
  return calendar[key](Date.parse(event.occurredAt));
}

/** The value in a dimension of every request made in a context. */
export function contextValue(event: RequestContext, key: ContextKey): string | null {
  switch (key) {
    case "workload":
      return workloadOf(event);
    case "source":
      return event.sources.join("+");
    case "branch":
      return event.context.gitBranch;
    case "workspace":
      return event.ids?.workspace ?? event.workspace ?? null;
    case "service":
    case "session":
    case "project":
    case "agent":
    case "release":
    case "host":
    case "environment":
      return event.context[key];
    default:
      return labelOf(event, key.slice("label:".length));
  }
}

/** The fields of a context that decide its value in a dimension. */
export function fieldsOfKey(key: ContextKey): readonly ContextField[] {
  switch (key) {
    case "workload":
      return ["label:workload", "service", "sources", "project"];
    case "source":
      return ["sources"];
    case "branch":
      return ["gitBranch"];
    default:
      return [key];
  }
}

/** Labels are the user's: one named `toString` must not find the prototype's. */
function labelOf(event: RequestContext, name: string): string | null {
  return Object.hasOwn(event.labels, name) ? (event.labels[name] ?? null) : null;
}
