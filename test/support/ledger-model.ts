import { canonicalJson, isResponse, merge, type AppendOutcome, type LedgerEvent } from "@farthing/ledger";

/**
 * What an append may answer of an event, where some are certainly known and any of the others may be: what a ledger is.
 * The driver's files, indexes and locks must never show.
 */
export function rightOutcomes(
  known: readonly LedgerEvent[],
  possible: readonly LedgerEvent[],
  event: LedgerEvent,
): ReadonlySet<AppendOutcome["outcome"]> {
  const sure = known.filter(({ id }) => id === event.id);
  const texts = new Set(sure.map(canonicalJson));
  const unsure = new Map(possible.filter(({ id }) => id === event.id).map((each) => [canonicalJson(each), each]));
  const others = [...unsure].filter(([text]) => !texts.has(text)).map(([, each]) => each);
  const subsets = others.reduce<(readonly LedgerEvent[])[]>(
    (before, other) => [...before, ...before.map((subset) => [...subset, other])],
    [[]],
  );
  return new Set(subsets.map((subset) => outcomeOf([...sure, ...subset], event)));
}

function outcomeOf(known: readonly LedgerEvent[], event: LedgerEvent): AppendOutcome["outcome"] {
  const sightings = known.filter(({ id }) => id === event.id);
  if (sightings.length === 0) return "appended";
  if (sightings.some((sighting) => canonicalJson(sighting) === canonicalJson(event))) return "exists";
  const responses = sightings.filter(isResponse);
  if (!isResponse(event) || responses.length === 0) return "merged";
  const before = responses.reduce<LedgerEvent>(merge, responses[0] ?? event);
  const after = merge(before, event);
  if (canonicalJson(after) === canonicalJson(before)) return "exists";
  return conflictsOf(after) > conflictsOf(before) ? "conflict" : "merged";
}

/** Whether two of the events cannot both be true, which no single append takes. */
export function isContradictory(events: readonly LedgerEvent[]): boolean {
  return events.some((event, index) =>
    events.slice(0, index).some((other) => other.id === event.id && conflictsOf(merge(other, event)) > 0),
  );
}

function conflictsOf(event: LedgerEvent): number {
  return isResponse(event) ? event.conflicts.length : 0;
}
