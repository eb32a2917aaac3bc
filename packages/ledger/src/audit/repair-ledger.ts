import { basename, dirname, join, relative } from "node:path";
import { buildMissingColumns, COLUMNS_LOCK } from "../store/columns/build-missing.ts";
import { lockName } from "../store/file/claim-log.ts";
import { nodeFileSystem, type FileSystem } from "../store/file/file-system.ts";
import { takeLockIfFree, type Lock, type LockOptions } from "../store/file/lock.ts";
import { NETWORK_LOCK } from "../store/file/manifest.ts";
import { nodeProcesses } from "../store/file/processes.ts";
import { segmentOfName } from "../store/file/segment-name.ts";
import { keep, moveTornTailAside } from "../store/file/torn-tail.ts";
import { removeIfThere } from "../store/file/remove-if-there.ts";
import { withPath } from "../store/file/unavailable.ts";
import { appendDurably } from "../store/file/write-durably.ts";
import { keepDamagedLine } from "./keep-damaged-line.ts";
import { listLocks } from "./locks.ts";
import { Problems, type Problem, type ProblemKind } from "./problem.ts";
import { listForAudit, verifyLedger, type Verification, type VerifyOptions } from "./verify-ledger.ts";
import { verifyLog } from "./verify-log.ts";

/**
 * What a repair did about one problem.
 *
 * `ended`: the newline of a whole last line was added. `moved-aside`: the bytes of a torn line went to `damaged/`.
 * `kept`: the bytes of a damaged line were copied to `damaged/`, and stay where they are. `removed`: a lock or a temporary
 * file of a process that is gone, or a kept sum that was wrong. `made-again`: a column file. `left`: nothing, because a process is at work there.
 */
export interface RepairStep {
  readonly action: "ended" | "moved-aside" | "kept" | "removed" | "made-again" | "left";
  readonly file: string;
  /** As in `Problem`. */
  readonly byte: number | null;
  /** For people. */
  readonly what: string;
}

/** What a repair did, and what the ledger is after it. */
export interface Repair {
  readonly steps: readonly RepairStep[];
  /** Of after the repair. */
  readonly verification: Verification;
}

export type RepairOptions = Omit<VerifyOptions, "problemsMax">;

const DAMAGED = "damaged";
/** Lines not all bytes of which can be read. */
const UNREADABLE_LINES: ReadonlySet<ProblemKind> = new Set([
  "changed-line",
  "no-line",
  "joined-lines",
  "no-event",
  "fragment",
]);
/** Column files that are of no use. */
const COLUMNS: ReadonlySet<ProblemKind> = new Set(["damaged-columns", "wrong-row", "stale-columns"]);
/** Ends of files that their log's owner may put right. */
const ENDS: ReadonlySet<ProblemKind> = new Set(["torn-line", "unended-line"]);

/**
 * Puts right what can be without touching a good line: ends or moves aside what a crash cut off, keeps a copy of damaged
 * bytes, and removes what dead processes left. What live processes hold is left alone. Damaged lines stay where they
 * are, so they are named again by every verification.
 *
 * It can be interrupted anywhere and repeated: a second repair finds nothing to do.
 *
 * @throws LedgerNotFoundError, LedgerFormatError, LedgerUnavailableError
 */
export async function repairLedger(path: string, options: RepairOptions = {}): Promise<Repair> {
  const { fileSystem = nodeFileSystem, processes = nodeProcesses } = options;
  const before = await verifyLedger(path, { ...options, problemsMax: Infinity });
  const repairer = new Repairer(path, { fileSystem, processes });
  await repairer.repair(before.problems);
  const { steps } = repairer;
  if (steps.every(({ action }) => action === "left")) return { steps, verification: before };
  return { steps, verification: await verifyLedger(path, options) };
}

class Repairer {
  readonly steps: RepairStep[] = [];
  readonly #root: string;
  readonly #options: LockOptions;

  constructor(root: string, options: LockOptions) {
    this.#root = root;
    this.#options = options;
  }

  async repair(problems: readonly Problem[]): Promise<void> {
    const writers = new Set<string>();
    for (const problem of problems) {
      const writer = segmentOfName(basename(problem.file))?.writer;
      if (ENDS.has(problem.kind) && writer !== undefined) writers.add(writer);
      if (UNREADABLE_LINES.has(problem.kind)) await this.#keep(problem);
    }
    for (const writer of writers) await this.#repairEnds(writer);
    await this.#makeColumnsAgain(problems.filter(({ kind }) => COLUMNS.has(kind)));
    for (const problem of problems) if (problem.kind === "damaged-document") await this.#moveDocument(problem);
    for (const { kind, file } of problems) if (kind === "wrong-checkpoint") await this.#removeSum(file);
    // Locks last: those of logs with a torn end are gone by now.
    await this.#removeLocks();
    await this.#removeTemporaryFiles(problems);
  }

  async #keep({ file, byte }: Problem): Promise<void> {
    if (byte === null) return;
    const kept = await keepDamagedLine(this.#options.fileSystem, file, byte, join(this.#root, DAMAGED));
    if (kept === null) return;
    const what = `${String(kept.bytes)} bytes copied to ${relative(this.#root, kept.path)}; they also stay in place`;
    this.steps.push({ action: "kept", file, byte, what });
  }

  /** Puts the ends of a log's segments right, as its owner. */
  async #repairEnds(writer: string): Promise<void> {
    const locks = await this.#own(writer);
    const folder = join(this.#root, "segments");
    if (locks === null) {
      this.steps.push({ action: "left", file: folder, byte: null, what: `the log of ${writer} has a writer at work` });
      return;
    }
    try {
      // What the end is now: it may have gone on since it was verified.
      const { fileSystem } = this.#options;
      const problems = new Problems(Infinity);
      const { segments, pruned } = await listForAudit(this.#root, fileSystem, problems);
      const log = { fileSystem, folder, writer, numbers: segments.get(writer) ?? [], deep: false };
      const how = { prunes: pruned.records, problemsMax: Infinity, onBytes: () => undefined };
      await verifyLog({ ...log, ...how, isBeingWritten: async () => false }, problems);
      for (const problem of problems.list()) if (ENDS.has(problem.kind)) await this.#repairEnd(problem);
    } finally {
      for (const lock of locks) await lock.release();
    }
  }

  /** What the log says decides what a column file is: it is taken away, and made from the log. */
  async #makeColumnsAgain(problems: readonly Problem[]): Promise<void> {
    if (problems.length === 0) return;
    const { fileSystem } = this.#options;
    const lock = await takeLockIfFree(this.#root, COLUMNS_LOCK, this.#options);
    if (lock !== null) {
      try {
        for (const { file } of problems) await removeIfThere(fileSystem, file);
      } finally {
        await lock.release();
      }
    }
    const isDone = lock !== null && (await buildMissingColumns(this.#root, this.#options));
    for (const { file } of problems) {
      const what = isDone
        ? "made from the log"
        : "another process makes column files now, or the folder cannot be written to";
      this.steps.push({ action: isDone ? "made-again" : "left", file, byte: null, what });
    }
  }

  async #moveDocument({ file }: Problem): Promise<void> {
    const { fileSystem } = this.#options;
    if (await this.#isInUse()) {
      this.steps.push({ action: "left", file, byte: null, what: "a process is at work in the ledger" });
      return;
    }
    const bytes = await withPath(file, () => fileSystem.readFile(file));
    const folder = join(this.#root, DAMAGED);
    await withPath(folder, () => keep(fileSystem, folder, basename(file), bytes));
    await removeIfThere(fileSystem, file);
    this.steps.push({
      action: "moved-aside",
      file,
      byte: null,
      what: `it went to ${DAMAGED}/; what it said is found again`,
    });
  }

  async #removeSum(file: string): Promise<void> {
    await removeIfThere(this.#options.fileSystem, file);
    this.steps.push({ action: "removed", file, byte: null, what: "a kept sum; the next question makes it again" });
  }

  /** Takes what whoever appends to a log holds; null where somebody does. */
  async #own(writer: string): Promise<readonly Lock[] | null> {
    const { fileSystem } = this.#options;
    const folder = join(this.#root, dirname(lockName(writer)));
    await withPath(folder, async () => {
      await fileSystem.makeFolder(folder);
      await fileSystem.syncFolder(this.#root);
    });
    const network = await takeLockIfFree(this.#root, NETWORK_LOCK, this.#options);
    if (network === null) return null;
    const own = await takeLockIfFree(this.#root, lockName(writer), this.#options);
    if (own !== null) return [own, network];
    await network.release();
    return null;
  }

  async #repairEnd({ kind, file, byte }: Problem): Promise<void> {
    const { fileSystem } = this.#options;
    if (kind === "unended-line") {
      await endLine(fileSystem, file);
      this.steps.push({ action: "ended", file, byte, what: "the last line was whole; its newline was added" });
    } else {
      await moveTornTailAside(fileSystem, file, join(this.#root, DAMAGED));
      this.steps.push({ action: "moved-aside", file, byte, what: `the torn line went to ${DAMAGED}/` });
    }
  }

  async #removeLocks(): Promise<void> {
    const { fileSystem, processes } = this.#options;
    for (const { name, owner, isHeld } of await listLocks(this.#root, fileSystem, processes)) {
      const isDraft = name.endsWith(".tmp");
      // A draft without a name is being written, or was.
      if (isHeld || (isDraft && owner === null && (await this.#isInUse()))) continue;
      const file = join(this.#root, name);
      if (isDraft) await removeIfThere(fileSystem, file);
      else if (!(await this.#takeAndRelease(name))) continue;
      this.steps.push({ action: "removed", file, byte: null, what: "a lock of a process that is gone" });
    }
  }

  /** Removes a lock without a moment in which others could think that they have it too; false where one has it. */
  async #takeAndRelease(name: string): Promise<boolean> {
    const lock = await takeLockIfFree(this.#root, name, this.#options);
    await lock?.release();
    return lock !== null;
  }

  async #removeTemporaryFiles(problems: readonly Problem[]): Promise<void> {
    const files = problems.filter(({ kind }) => kind === "leftover-file").map(({ file }) => file);
    if (files.length === 0) return;
    const isInUse = await this.#isInUse();
    for (const file of files) {
      if (!isInUse) await removeIfThere(this.#options.fileSystem, file);
      const what = isInUse
        ? "a process is at work in the ledger, and it may be its file"
        : "a temporary file of a process that is gone";
      this.steps.push({ action: isInUse ? "left" : "removed", file, byte: null, what });
    }
  }

  async #isInUse(): Promise<boolean> {
    const { fileSystem, processes } = this.#options;
    return (await listLocks(this.#root, fileSystem, processes)).some(({ isHeld }) => isHeld);
  }
}

async function endLine(fileSystem: FileSystem, path: string): Promise<void> {
  await withPath(path, async () => {
    const file = await fileSystem.open(path, "append");
    try {
      await appendDurably(file, Buffer.from("\n"));
    } finally {
      await file.close();
    }
  });
}
