import type {
  ConflictingSnapshot,
  KnownEvent,
  Provenance,
  RequestInterrupted,
  ResponseRecorded,
  Timing,
} from "./event.ts";
import type { RequestShape } from "./request-shape.ts";
import { earliest, greater, joinFields, largest, latest, union } from "./joins.ts";
import { isLabelToken } from "./label-token.ts";
import { compareSnapshots, finalSnapshots, isFinal, keepGreater, sameSnapshot } from "./snapshot.ts";

type Labels = ResponseRecorded["labels"];

/** What knows when it began and ended. */
type Timed = Pick<KnownEvent, "occurredAt"> & { readonly timing: Timing };

/** How each field is merged. A field that is not listed, being unknown to this release, counts as evidence. */
const FIELDS: Readonly<Record<keyof RequestInterrupted, "identity" | "snapshot" | "evidence">> = {
  id: "identity",
  version: "identity",
  type: "snapshot",
  finality: "snapshot",
  servedModel: "snapshot",
  usage: "snapshot",
  stopReason: "snapshot",
  billedTo: "snapshot",
  output: "snapshot",
  occurredAt: "evidence",
  sources: "evidence",
  requestedModel: "evidence",
  ids: "evidence",
  timing: "evidence",
  attempt: "evidence",
  request: "evidence",
  context: "evidence",
  labels: "evidence",
  cacheMissReason: "evidence",
  observedCharacters: "evidence",
  prompt: "evidence",
  rateLimits: "evidence",
  conflicts: "evidence",
};

/**
 * One response from two sightings of it.
 *
 * The snapshot is taken whole from the side that shows more. All else is evidence, in which no side is better,
 * and is united field by field.
 */
export function mergeResponses(a: ResponseRecorded, b: ResponseRecorded): ResponseRecorded {
  const winner = compareSnapshots(a, b) >= 0 ? a : b;
  const prompt = greater(a.prompt, b.prompt);
  const rateLimits = greater(a.rateLimits, b.rateLimits);
  const united = {
    ...joinFields(unknownFields(a), unknownFields(b)),
    occurredAt: latest(a.occurredAt, b.occurredAt),
    sources: union(a.sources, b.sources),
    requestedModel: greater(a.requestedModel, b.requestedModel),
    ids: joinFields(a.ids, b.ids),
    timing: mergeTiming(a, b),
    attempt: largest(a.attempt, b.attempt),
    request: mergeShapes(a.request, b.request),
    context: joinFields(a.context, b.context),
    labels: joinLabels(a.labels, b.labels),
    cacheMissReason: greater(a.cacheMissReason, b.cacheMissReason),
    ...(prompt === undefined ? {} : { prompt }),
    ...(rateLimits === undefined ? {} : { rateLimits }),
    conflicts: mergeConflicts(a, b, winner),
  };
  return winner.type === "RequestInterrupted"
    ? { ...winner, ...united, observedCharacters: largest(observedCharacters(a), observedCharacters(b)) }
    : { ...winner, ...united };
}

/** The final snapshots that do not count: all but the winner's own, in the order of what they bill. */
function mergeConflicts(a: ResponseRecorded, b: ResponseRecorded, winner: ResponseRecorded): ConflictingSnapshot[] {
  const snapshots = finalSnapshots(a);
  for (const snapshot of finalSnapshots(b).values()) keepGreater(snapshots, snapshot);
  return [...snapshots]
    .filter(([, snapshot]) => !(isFinal(winner) && sameSnapshot(snapshot, winner)))
    .sort(([keyA], [keyB]) => (keyA < keyB ? -1 : 1))
    .map(([, snapshot]) => snapshot);
}

export function mergeTiming(a: Timed, b: Timed): Timing {
  const startedAt = earliest(a.timing.startedAt, b.timing.startedAt);
  const occurredAt = latest(a.occurredAt, b.occurredAt);
  return {
    ...joinFields(a.timing, b.timing),
    startedAt,
    startedAtProvenance: surest(
      [a, b].filter(({ timing }) => timing.startedAt === startedAt),
      "startedAtProvenance",
    ),
    occurredAtProvenance: surest(
      [a, b].filter((event) => event.occurredAt === occurredAt),
      "occurredAtProvenance",
    ),
    firstTokenAt: earliest(a.timing.firstTokenAt, b.timing.firstTokenAt),
  };
}

/** The best way in which one of the events knows a time. */
function surest(events: readonly Timed[], field: "startedAtProvenance" | "occurredAtProvenance"): Provenance {
  const known = events.map(({ timing }) => timing[field]);
  return (["reported", "derived", "estimated"] as const).find((provenance) => known.includes(provenance)) ?? "missing";
}

function mergeShapes(a: RequestShape | null, b: RequestShape | null): RequestShape | null {
  return a === null || b === null ? (a ?? b) : joinFields(a, b);
}

/** A token is kept before the value it stands for, which it was to keep out of the ledger. */
export function joinLabels(a: Labels, b: Labels): Labels {
  return { ...joinFields(a, b), ...joinFields(tokensAmong(a), tokensAmong(b)) };
}

function tokensAmong(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => isLabelToken(value)));
}

function observedCharacters(event: ResponseRecorded): number | null {
  return event.type === "RequestInterrupted" ? event.observedCharacters : null;
}

function unknownFields(event: ResponseRecorded): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(event).filter(([field]) => !Object.hasOwn(FIELDS, field)));
}
