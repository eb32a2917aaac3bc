import { join } from "node:path";
import type { ChainLink } from "../audit/log-summary.ts";
import type { PeriodClosed } from "../events/event.ts";
import type { Position } from "../store/event-store.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { decodePosition, type LogPlace } from "../store/file/position.ts";
import { PRUNED_FOLDER, prunedPath } from "../store/file/pruned.ts";
import { segmentName } from "../store/file/segment-name.ts";
import { pruneRecordHash, readLinks, type BoundLog, type BoundLogs } from "./read-links.ts";
import type { HeadDifference } from "./head-difference.ts";

/** What became of the lines that a closing covers. */
export interface ComparedLogs {
  readonly changes: readonly HeadDifference[];
  /** Whether some of them were pruned since. */
  readonly isPruned: boolean;
}

/** Holds the logs of a ledger, up to the position of a closing, against where the closing says that they stood. */
export async function compareLogs(root: string, closing: PeriodClosed, fileSystem: FileSystem): Promise<ComparedLogs> {
  const { heads, prunes, pruneRecord } = closing;
  if (heads === undefined || prunes === undefined || pruneRecord === undefined) {
    return { changes: [whole(root, "the closing does not say which lines it covers")], isPruned: false };
  }
  const position = closing.position as Position;
  const bound = await readLinks(root, position, fileSystem);
  const changes = await comparePrunes(root, prunes, pruneRecord, bound, fileSystem);
  let isPruned = false;
  for (const [writer, place] of decodePosition(position)) {
    const then = heads.filter((each) => each.writer === writer);
    const log = bound.logs.get(writer);
    const gone = prunedSince(writer, place, prunes, bound);
    isPruned ||= gone.length > 0;
    // The number and chain value of a log's newest line bind those that were pruned, too; places before may be among them.
    const wanted = gone.length > 0 ? then.slice(-1) : then;
    const isWhollyGone = gone.includes(place.segment) || (log === undefined && gone.length > 0);
    if (isWhollyGone) continue;
    const links = gone.length > 0 ? (log?.links.slice(-1) ?? []) : (log?.links ?? []);
    if (!isEqual(links, wanted)) changes.push(...changesOf(root, writer, place, wanted, log));
  }
  return { changes, isPruned };
}

/** Segments of a log before a place that a prune took after so many. */
function prunedSince(writer: string, place: LogPlace, prunes: number, { pruned }: BoundLogs): readonly number[] {
  return pruned.records
    .slice(prunes)
    .flatMap(({ dropped }) => dropped)
    .filter((each) => each.writer === writer && each.segment <= place.segment)
    .filter(({ segment }) => segment < place.segment || place.byte > 0)
    .map(({ segment }) => segment);
}

async function comparePrunes(
  root: string,
  prunes: number,
  pruneRecord: string | null,
  { pruned }: BoundLogs,
  fileSystem: FileSystem,
): Promise<HeadDifference[]> {
  if (pruned.records.length < prunes) {
    return [whole(join(root, PRUNED_FOLDER), "what says which lines were pruned before the closing is not there")];
  }
  if ((await pruneRecordHash(root, prunes, fileSystem)) === pruneRecord) return [];
  return [whole(prunedPath(root, prunes, "json"), "what says which lines were pruned before the closing was changed")];
}

/** What is different in one log: damaged lines by their place, else that lines were replaced by others. */
function changesOf(
  root: string,
  writer: string,
  { segment }: LogPlace,
  then: readonly ChainLink[],
  log: BoundLog | undefined,
): HeadDifference[] {
  const file = join(root, "segments", segmentName(writer, segment));
  if (log === undefined)
    return [whole(file, `the log ${writer} was removed; it ended with ${standing(then)} when the period was closed`)];
  const damaged = log.problems.map(({ file: path, line, byte, what }) => ({ file: path, line, byte, what }));
  const what =
    `lines of the log ${writer} before the closing were changed, removed or added: ` +
    `it ended with ${standing(then)} there when the period was closed, and with ${standing(log.links)} today`;
  return [...damaged, whole(file, what)];
}

function standing(links: readonly ChainLink[]): string {
  const last = links.at(-1);
  if (last === undefined) return "no line";
  return `number ${String(last.seq)} with the chain value ${last.chain.slice(0, 12)}`;
}

function isEqual(links: readonly ChainLink[], others: readonly ChainLink[]): boolean {
  return (
    links.length === others.length &&
    links.every(({ seq, chain }, index) => others[index]?.seq === seq && others[index]?.chain === chain)
  );
}

function whole(file: string, what: string): HeadDifference {
  return { file, line: null, byte: null, what };
}
