import {
  listPriceBook,
  openLedger,
  pruneLedger,
  querySpend,
  withPriceSets,
  type Account,
  type FileSystem,
  type GroupKey,
  type Ledger,
  type LedgerEvent,
  type Processes,
  type PruneResult,
} from "@farthing/ledger";
import { CrashDisk, type DiskTree } from "../support/crash-disk.ts";
import { programOn, type DiskProgramOptions } from "../support/crash-file-system.ts";

const LEDGER = "/ledger";

/** Every dimension that a prune keeps. */
const KEPT: readonly GroupKey[] = [
  ...([
    "hour",
    "day",
    "month",
    "model",
    "workload",
    "service",
    "workspace",
    "project",
    "source",
    "release",
    "environment",
  ] as const),
  ...(["label:team", "label:ticket"] as const),
];

let started = 0;

/** A machine with one ledger on a disk in memory. */
export class LedgerDisk {
  readonly disk: CrashDisk;

  constructor(disk: CrashDisk = new CrashDisk()) {
    this.disk = disk;
  }

  static of(tree: DiskTree): LedgerDisk {
    return new LedgerDisk(CrashDisk.of(tree));
  }

  /** Opens the ledger in a process that goes on running. */
  async open(segmentBytes = 3000): Promise<Ledger> {
    return openLedger(LEDGER, { mode: "write", create: true, segmentBytes, ...this.#process() });
  }

  /** Appends one by one; every segment holds at least this many bytes before the next one begins. */
  async append(events: readonly LedgerEvent[], segmentBytes = 3000): Promise<void> {
    const ledger = await openLedger(LEDGER, { mode: "write", create: true, segmentBytes, ...this.#process() });
    for (const event of events) await ledger.append([event]);
    await ledger.close();
  }

  /** `running`: every process that was ever started still is. */
  async prune(
    before: string,
    program: DiskProgramOptions & {
      readonly dryRun?: boolean;
      readonly running?: boolean;
      readonly linesInMemory?: number;
    } = {},
  ): Promise<PruneResult> {
    const { dryRun = false, running = false, linesInMemory } = program;
    const held = linesInMemory === undefined ? {} : { linesInMemory };
    const { fileSystem, processes } = this.#process(program);
    const all = running ? { ...processes, isRunning: () => true } : processes;
    return pruneLedger(LEDGER, { before: Date.parse(before), dryRun, fileSystem, processes: all, ...held });
  }

  /** Whatever a prune must leave as it was. */
  async figures(): Promise<object> {
    const ledger = await openLedger(LEDGER, { mode: "read", ...this.#process() });
    const account = await ledger.account();
    const damage = ledger.damage();
    await ledger.close();
    return { ...figuresOf(account), damage };
  }

  /** Of a process that nobody knows to be running once another one asks. */
  #process(program: DiskProgramOptions = {}): { readonly fileSystem: FileSystem; readonly processes: Processes } {
    started += 1;
    const self = { pid: started, host: "test", namespace: null, started: null };
    return {
      fileSystem: programOn(this.disk, program).fileSystem,
      processes: { self, isRunning: ({ pid }) => pid === self.pid },
    };
  }
}

/** What a prune must leave as it was of an account. */
export function figuresOf(account: Account): object {
  const { book, rejected } = withPriceSets(listPriceBook(), account.priceSets);
  const query = { where: [], since: null, until: null, book };
  return {
    spend: ["UTC", "Asia/Kathmandu"].map((timeZone) => querySpend(account, { ...query, timeZone, by: KEPT })),
    rejected,
    others: account.others,
    corrected: account.corrected,
    conflicts: account.conflicts,
    unknownTypes: account.unknownTypes,
  };
}
