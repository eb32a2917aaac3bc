import { hash } from "node:crypto";
import { join } from "node:path";
import type { ChainLink } from "../audit/log-summary.ts";
import type { Problem } from "../audit/problem.ts";
import { scanLog } from "../audit/scan-log.ts";
import type { Position } from "../store/event-store.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { listCounting } from "../store/file/list-segments.ts";
import { decodePosition } from "../store/file/position.ts";
import { prunedPath, type Pruned } from "../store/file/pruned.ts";

/** A log of a ledger up to a position, read from its bytes. */
export interface BoundLog {
  /** What binds its lines: see `ChainLink`. */
  readonly links: readonly ChainLink[];
  /** Damage in it. */
  readonly problems: readonly Problem[];
}

/** The logs of a ledger up to a position. */
export interface BoundLogs {
  /** In order of the writers' names; without those that hold no line any more. */
  readonly logs: ReadonlyMap<string, BoundLog>;
  readonly pruned: Pruned;
}

/** Enough to see what was changed. */
const PROBLEMS_MAX = 20;

/**
 * Reads every line up to a position and holds it against the one before.
 *
 * @throws LedgerFormatError where it is not known what was pruned.
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function readLinks(root: string, position: Position, fileSystem: FileSystem): Promise<BoundLogs> {
  const folder = join(root, "segments");
  const { segments, pruned } = await listCounting(fileSystem, folder);
  const logs = new Map<string, BoundLog>();
  for (const [writer, until] of decodePosition(position)) {
    const numbers = (segments.get(writer) ?? []).filter((segment) => segment <= until.segment);
    if (numbers.length === 0) continue;
    const how = { deep: false, prunes: pruned.records, problemsMax: PROBLEMS_MAX, until };
    const { links, found } = await scanLog({ folder, writer, numbers, ...how }, fileSystem, () => undefined);
    logs.set(writer, { links, problems: found.kept.filter(({ severity }) => severity === "damage") });
  }
  return { logs, pruned };
}

/** SHA-256 of the record of a prune, which names the one before; null for none. */
export async function pruneRecordHash(root: string, number: number, fileSystem: FileSystem): Promise<string | null> {
  return number === 0 ? null : hash("sha256", await fileSystem.readFile(prunedPath(root, number, "json")), "hex");
}
