import { canonicalJson, isResponse, merge, type AppendOutcome, type LedgerEvent } from "@farthing/ledger";

/** What a ledger is: the events it was given. The driver's files, indexes and locks must never show. */
export function outcomesOf(known: readonly LedgerEvent[], events: readonly LedgerEvent[]): AppendOutcome["outcome"][] {
  return events.map((event, index) => outcomeOf([...known, ...events.slice(0, index)], event));
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

/** Whether an outcome is right for who certainly knew some events and possibly knew more. */
export function isRight(
  outcome: AppendOutcome["outcome"],
  ifOnlySure: AppendOutcome["outcome"],
  ifAll: AppendOutcome["outcome"],
): boolean {
  if (ifOnlySure === ifAll) return outcome === ifAll;
  if (ifOnlySure === "exists" || ifAll === "appended") return outcome === (ifAll === "appended" ? ifAll : ifOnlySure);
  return true;
}
