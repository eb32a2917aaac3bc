import { join } from "node:path";
import { canonicalJson } from "../events/canonical.ts";
import type { KnownEvent, PeriodClosed, UsageCorrected } from "../events/event.ts";
import { isEventOf, isRequest } from "../events/known-event.ts";
import type { Position } from "../store/event-store.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { listLogs } from "../store/file/list-logs.ts";
import { mergeLogs } from "../store/file/merge-logs.ts";
import { decodePosition } from "../store/file/position.ts";
import type { LedgerView } from "../store/view/view.ts";
import { spanOf } from "./closings.ts";

/** Why facts of a period count otherwise than when it was closed. */
export interface ChangeReason {
  readonly kind: /** Responses that nobody had recorded. */
    | "recorded-late"
    /** The same of results of batches, which count when their batch ended. */
    | "late-batch-result"
    /** Responses that a correction took back. */
    | "taken-back"
    /** Responses that had been taken back, until the correction was. */
    | "given-back"
    /** Responses that were seen again with other usage, at another time or of another service, which now counts. */
    | "seen-again";
  readonly source: string | null;
  readonly reason: string | null;
}

export interface ChangedFactsQuestion {
  readonly path: string;
  readonly closing: PeriodClosed;
  /** The ledger as it was when the period was closed, and as it is to be told. */
  readonly before: LedgerView;
  readonly after: LedgerView;
  readonly fileSystem: FileSystem;
}

/** Facts that changed for one reason: as they counted then, and as they count now. */
export interface ChangedFacts extends ChangeReason {
  readonly before: readonly KnownEvent[];
  readonly after: readonly KnownEvent[];
}

/** One fact as it counted then and as it counts now; undefined where it does not. */
interface Held {
  readonly before: KnownEvent | undefined;
  readonly after: KnownEvent | undefined;
}

/** How many whole events are read at once. */
const CHUNK = 1_000;

/** What was recorded after a period was closed and is of it, or was, by why it counts otherwise. */
export async function changedFacts(question: ChangedFactsQuestion): Promise<readonly ChangedFacts[]> {
  const { before, after } = question;
  const [takenThen, takenNow] = [await reasonsIn(before), await reasonsIn(after)];
  const ids = new Set([...(await laterIds(question)), ...correctedIds(before), ...correctedIds(after)]);
  for (const taken of [takenThen, takenNow]) for (const id of taken.keys()) ids.add(id);
  const groups = new Map<string, { readonly why: ChangeReason; readonly held: Held[] }>();
  for (const some of chunksOf([...ids])) {
    const [heldBefore, heldAfter] = [await before.find(some), await after.find(some)];
    for (const id of some) {
      const held: Held = { before: heldBefore.get(id), after: heldAfter.get(id) };
      if (!isWithin(held.before, question) && !isWithin(held.after, question)) continue;
      const why = reasonOf(held, takenThen.get(id) ?? null, takenNow.get(id) ?? null);
      if (why === null) continue;
      const key = canonicalJson(why);
      const group = groups.get(key) ?? { why, held: [] };
      group.held.push(held);
      groups.set(key, group);
    }
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { why, held }]) => ({
      ...why,
      before: held.flatMap((each) => each.before ?? []),
      after: held.flatMap((each) => each.after ?? []),
    }));
}

/**
 * The ids that lines after a closing's position say something of that is of the period, or was: not those of later months,
 * which only grow. Of the lines of an id the latest tells when it was, so that those outside are of concern only where it
 * was in the period before.
 */
async function laterIds(question: ChangedFactsQuestion): Promise<Set<string>> {
  const { path, closing, before, fileSystem } = question;
  const logs = await listLogs(fileSystem, join(path, "segments"));
  const from = decodePosition(closing.position as Position);
  const [ids, outside] = [new Set<string>(), new Set<string>()];
  const sortOut = async (): Promise<void> => {
    for (const [id, event] of await before.find(outside)) if (isWithin(event, question)) ids.add(id);
    outside.clear();
  };
  for await (const { entry } of mergeLogs(fileSystem, logs, from, () => undefined)) {
    const { event } = entry.frame;
    if (isEventOf(event, "UsageCorrected")) ids.add(event.corrects);
    else if (isRequest(event) || isEventOf(event, "UsageRolledUp")) {
      (isWithin(event, question) ? ids : outside).add(event.id);
      if (outside.size === CHUNK) await sortOut();
    }
  }
  await sortOut();
  return ids;
}

function* chunksOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < ids.length; start += CHUNK) yield ids.slice(start, start + CHUNK);
}

/** What every correction names, in force or not. */
function correctedIds({ others }: LedgerView): string[] {
  return others.filter((event) => isEventOf(event, "UsageCorrected")).map(({ corrects }) => corrects);
}

/** What was taken back, and why; and what corrections that were taken back themselves name, with why these were. */
async function reasonsIn(view: LedgerView): Promise<ReadonlyMap<string, string>> {
  const reasons = new Map<string, string>();
  const corrected = await view.corrected();
  const without = (event: KnownEvent): event is UsageCorrected => isEventOf(event, "UsageCorrected");
  for (const { event, correction } of corrected) if (without(event)) reasons.set(event.corrects, correction.reason);
  for (const { event, correction } of corrected) reasons.set(event.id, correction.reason);
  return reasons;
}

function isWithin(event: KnownEvent | undefined, { closing }: ChangedFactsQuestion): boolean {
  if (event === undefined) return false;
  const { from, until } = spanOf(closing);
  const at = Date.parse(event.occurredAt);
  return at >= from && at < until;
}

function reasonOf({ before, after }: Held, takenThen: string | null, takenNow: string | null): ChangeReason | null {
  if (before === undefined && after === undefined) return null;
  if (after === undefined) return { kind: "taken-back", source: null, reason: takenNow };
  const source = after.sources.join("+");
  if (before === undefined) {
    if (takenThen !== null) return { kind: "given-back", source: null, reason: takenNow };
    const isOfBatch = "ids" in after && after.ids.batch !== null;
    return { kind: isOfBatch ? "late-batch-result" : "recorded-late", source, reason: null };
  }
  // All of it: what else is said of a fact decides where its cost is told, such as the service, and whether it is asked about.
  return canonicalJson(before) === canonicalJson(after) ? null : { kind: "seen-again", source, reason: null };
}
