import { hash } from "node:crypto";
import { join } from "node:path";
import { LedgerFormatError } from "../../errors.ts";
import type { FileSystem } from "./file-system.ts";
import type { ChainHead } from "./frame.ts";
import { PrunedIds } from "./pruned-ids.ts";
import { parseRecord, type DroppedSegment, type PruneRecord } from "./prune-record.ts";
import { systemCode, unavailable } from "./unavailable.ts";

/** The folder of a ledger that says what was pruned. */
export const PRUNED_FOLDER = "pruned";

const RECORD = /^(\d{8})\.json$/;
const ROLLUP_WRITER = /^rollup[0-9a-z]+$/;

/** Whether a log holds what a prune made of others; it counts only when a record names it. */
export function isRollupWriter(writer: string): boolean {
  return ROLLUP_WRITER.test(writer);
}

/** Path of a prune's record, or of the ids that it pruned; prunes count from 1. */
export function prunedPath(root: string, number: number, kind: "json" | "ids"): string {
  return join(root, PRUNED_FOLDER, `${String(number).padStart(8, "0")}.${kind}`);
}

/** What was pruned from a ledger: which segments no longer count, and what counts in their place. */
export class Pruned {
  readonly records: readonly PruneRecord[];
  readonly #dropped: ReadonlyMap<string, DroppedSegment>;
  readonly #rollupLogs: ReadonlyMap<string, number>;

  constructor(records: readonly PruneRecord[]) {
    this.records = records;
    this.#dropped = new Map(records.flatMap(({ dropped }) => dropped.map((each) => [keyOf(each), each] as const)));
    this.#rollupLogs = new Map(records.map(({ log }) => [log.writer, log.segments]));
  }

  /** Whether a segment counts: it was not dropped, and is none of a prune that was not finished. */
  counts(writer: string, segment: number): boolean {
    if (this.#dropped.has(keyOf({ writer, segment }))) return false;
    return !isRollupWriter(writer) || segment <= (this.#rollupLogs.get(writer) ?? 0);
  }

  /** Where a log stands at the end of a segment that was dropped; null for any other. */
  headAfter(writer: string, segment: number): ChainHead | null {
    return this.#dropped.get(keyOf({ writer, segment })) ?? null;
  }

  /** The segments that hold what counts in the place of dropped ones, each there for certain. */
  rollupSegments(): readonly { readonly writer: string; readonly segment: number }[] {
    return [...this.#rollupLogs].flatMap(([writer, segments]) =>
      Array.from({ length: segments }, (_, index) => ({ writer, segment: index + 1 })).filter((each) =>
        this.counts(each.writer, each.segment),
      ),
    );
  }
}

/**
 * Reads what was pruned from a ledger.
 *
 * @throws LedgerFormatError for a record that is damaged or missing: without it, figures would be wrong.
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function readPruned(fileSystem: FileSystem, root: string): Promise<Pruned> {
  const records: PruneRecord[] = [];
  let previous: string | null = null;
  for (let number = 1, count = await countRecords(fileSystem, root); number <= count; number += 1) {
    const path = prunedPath(root, number, "json");
    const text = await readText(fileSystem, path);
    const record = parseRecord(path, text);
    if (record.number !== number || record.previous !== previous) {
      throw new LedgerFormatError(path, "does not follow the record before it; restore the folder from a copy");
    }
    records.push(record);
    previous = hash("sha256", text, "hex");
  }
  return new Pruned(records);
}

/** The ids that were pruned from a ledger, to be recognised when they are seen again. */
export async function openPrunedIds(fileSystem: FileSystem, root: string): Promise<PrunedIds> {
  return prunedIdsOf(fileSystem, root, (await readPruned(fileSystem, root)).records);
}

/** As `openPrunedIds`, of the records that were read. */
export function prunedIdsOf(fileSystem: FileSystem, root: string, records: readonly PruneRecord[]): Promise<PrunedIds> {
  return PrunedIds.open(
    fileSystem,
    records.map(({ number }) => prunedPath(root, number, "ids")),
  );
}

/**
 * How many prunes there were. It only grows, and a segment is deleted only after it has grown.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function countRecords(fileSystem: FileSystem, root: string): Promise<number> {
  const folder = join(root, PRUNED_FOLDER);
  let names: readonly string[];
  try {
    names = await fileSystem.list(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return 0;
    throw unavailable(folder, error);
  }
  return Math.max(0, ...names.map((name) => Number(RECORD.exec(name)?.[1] ?? 0)));
}

async function readText(fileSystem: FileSystem, path: string): Promise<string> {
  try {
    return Buffer.from(await fileSystem.readFile(path)).toString("utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") {
      throw new LedgerFormatError(path, "is missing, and later ones are there; restore the folder from a copy");
    }
    throw unavailable(path, error);
  }
}

function keyOf({ writer, segment }: { readonly writer: string; readonly segment: number }): string {
  return `${writer}-${String(segment)}`;
}
