import { idHash } from "../events/id-hash.ts";
import { merge } from "../events/merge.ts";
import type { UsageRolledUp } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import { listPriceBook } from "../pricing/price-book.ts";
import { withPriceSets } from "../projections/price-sets.ts";
import { LineReader } from "../store/columns/line-reader.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import type { PrunedIds } from "../store/file/pruned-ids.ts";
import { readAgain, readDropped, type DroppedLine } from "./dropped-lines.ts";
import { HeldLines } from "./held-lines.ts";
import { RollUp } from "./roll-up.ts";
import { SharedIds } from "./shared-ids.ts";
import { hasConflicts, isPrunable, type Prunable, type SegmentSurvey, type Survey } from "./survey.ts";

/** What becomes of the lines of segments that are summed up; each is called for and waited for in turn. */
export interface SummingUp {
  /** A request was added to a sum, and these lines, which told of it, are needed no more. */
  take(request: Prunable, lines: readonly DroppedLine[]): Promise<void>;
  /** A line is needed as it is. */
  keep(line: DroppedLine): Promise<void>;
  /** A line says again what is in a sum already. */
  passOver(line: DroppedLine): Promise<void>;
  /** A sum is complete. */
  write(sum: UsageRolledUp): Promise<void>;
}

export interface SumUpOptions {
  readonly fileSystem: FileSystem;
  /** The segments' folder. */
  readonly folder: string;
  /** Requests that were complete before are summed up. */
  readonly before: Instant;
  readonly personalLabels: readonly string[];
  /** What was pruned before. */
  readonly pruned: PrunedIds;
  /** Makes the ids of the sums, and must be new. */
  readonly name: string;
  /** Requests that are not to be summed up. */
  readonly isExcepted?: (request: Prunable) => boolean;
  /** Of so many lines the places are held at once; for more, all is read again. Default: `LINES_IN_MEMORY`. */
  readonly linesInMemory?: number;
  readonly onProgress: (done: number, total: number) => void;
}

/** As many sums are held in memory. */
const SUMS_MAX = 20_000;
/** Of so many lines the places are held at once, which takes some 200 MB. */
export const LINES_IN_MEMORY = 8_388_608;

/**
 * Puts the old requests of some segments into sums, but for those that were corrected, of which final snapshots disagree,
 * or that lines of other segments tell of.
 *
 * @returns How many requests were summed up, and how many sums there are.
 */
export async function sumUp(
  { segments, priceSets, corrected }: Survey,
  dropped: readonly SegmentSurvey[],
  options: SumUpOptions,
  into: SummingUp,
): Promise<{ readonly requests: number; readonly rollups: number }> {
  const { fileSystem, folder, before, personalLabels, pruned, name, onProgress } = options;
  const { isExcepted = () => false, linesInMemory = LINES_IN_MEMORY } = options;
  const shared = new SharedIds(segments, new Set(dropped));
  const rollUp = new RollUp(withPriceSets(listPriceBook(), priceSets).book, personalLabels);
  const canRollUp = (request: Prunable): boolean =>
    Date.parse(request.occurredAt) < before &&
    !corrected.has(request.id) &&
    !hasConflicts(request) &&
    !isExcepted(request);
  const writeSums = async (): Promise<void> => {
    for (const rollup of rollUp.take(name)) await into.write(rollup);
  };
  const take = async (request: Prunable, lines: readonly DroppedLine[]): Promise<void> => {
    rollUp.add(request);
    await into.take(request, lines);
    if (rollUp.size >= SUMS_MAX) await writeSums();
  };

  const lines = new LineReader(fileSystem, folder);
  const ranges = shared.ranges(linesInMemory);
  for (const [pass, range] of ranges.entries()) {
    const told = (done: number, total: number): void => onProgress(pass * total + done, ranges.length * total);
    // Their places alone: there can be many, and some are long.
    const held = new HeldLines(range);
    for await (const line of readDropped(fileSystem, dropped, told)) {
      const { event } = line;
      const hash = idHash(event.id);
      const isOld = isPrunable(event) && Date.parse(event.occurredAt) < before;
      const number = isOld ? shared.numberOf(hash) : null;
      if (number === null ? pass > 0 : !held.isOf(number)) continue;
      // Said again by who did not know that it had been pruned: it is counted in a sum already.
      if (isPrunable(event) && pruned.mayHold(event.id) && (await pruned.holds(event.id))) await into.passOver(line);
      else if (number !== null) held.add(number, line.place);
      else if (isOld && !shared.isKept(hash) && canRollUp(event)) await take(event, [line]);
      else await into.keep(line);
    }
    for (const places of held.byId()) {
      const read = places.map((place): DroppedLine => ({ ...readAgain(lines, place), place }));
      for (const sightings of byId(read)) {
        const merged = sightings.map(({ event }) => event).reduce(merge);
        if (isPrunable(merged) && canRollUp(merged)) await take(merged, sightings);
        else for (const line of sightings) await into.keep(line);
      }
    }
  }
  await writeSums();
  return { requests: rollUp.requests, rollups: rollUp.taken };
}

/** Two ids can share a hash. */
function byId(lines: readonly DroppedLine[]): Iterable<readonly DroppedLine[]> {
  const groups = new Map<string, DroppedLine[]>();
  for (const line of lines) {
    const group = groups.get(line.event.id);
    if (group === undefined) groups.set(line.event.id, [line]);
    else group.push(line);
  }
  return groups.values();
}
