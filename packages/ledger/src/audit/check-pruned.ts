import { hash } from "node:crypto";
import type { FileSystem } from "../store/file/file-system.ts";
import { prunedPath, type Pruned } from "../store/file/pruned.ts";
import { systemCode } from "../store/file/unavailable.ts";
import type { LogSummary } from "./log-summary.ts";
import type { Problems } from "./problem.ts";

/** Checks that the ids which were pruned, and the logs of sums in their place, are what each prune wrote. */
export async function checkPruned(
  root: string,
  fileSystem: FileSystem,
  pruned: Pruned,
  logs: readonly LogSummary[],
  problems: Problems,
): Promise<void> {
  for (const { number, ids, log } of pruned.records) {
    const file = prunedPath(root, number, "ids");
    const what = await whatIsWrong(fileSystem, file, ids);
    if (what !== null) problems.add("prune-record", { file }, what);
    // A later prune can have dropped the log.
    const found = logs.find(({ writer }) => writer === log.writer);
    // One of no segments goes on after the prune.
    const isOver = log.segments > 0 && pruned.headAfter(log.writer, log.segments) === null;
    if (found === undefined || !isOver) continue;
    if (found.head.seq === log.seq && found.head.chain === log.chain) continue;
    const wrong = `the log ${log.writer} ends at number ${String(found.head.seq)}, and the prune wrote ${String(log.seq)}`;
    problems.add("prune-record", { file: prunedPath(root, number, "json") }, wrong);
  }
}

async function whatIsWrong(fileSystem: FileSystem, path: string, expected: string): Promise<string | null> {
  try {
    return hash("sha256", await fileSystem.readFile(path), "hex") === expected ? null : "its checksum does not match";
  } catch (error) {
    const code = systemCode(error);
    if (code === null) throw error;
    return code === "ENOENT" ? "the file is not there" : `it cannot be read (${code})`;
  }
}
