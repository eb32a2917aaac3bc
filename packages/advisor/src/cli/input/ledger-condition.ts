import { statSync } from "node:fs";
import { join } from "node:path";
import { findUnreadTranscripts, type UnreadTranscripts } from "@farthing/adapters/claude-code";
import {
  listLocks,
  listPriceBook,
  nodeFileSystem,
  nodeProcesses,
  openLedger,
  querySpend,
  readLogEnds,
  RecordingTally,
  rowsOfAccount,
  withPriceSets,
  type Damage,
  type Instant,
  type LedgerSettings,
  type LockFile,
  type LogEnd,
  type Recording,
  type SpendResult,
} from "@farthing/ledger";
import type { CommandIo } from "../io.ts";
import { diskUse, type DiskUse } from "./disk-use.ts";

/** Everything `farthing doctor` judges a ledger by. */
export interface LedgerCondition {
  readonly path: string;
  /** The time it is judged at. */
  readonly now: Instant;
  /** What the clock shows. */
  readonly clock: Instant;
  readonly settings: LedgerSettings;
  readonly recording: Recording;
  /** Of all recorded time. */
  readonly spend: SpendResult;
  /** Responses of which final snapshots disagree. */
  readonly conflicts: number;
  /** Events of newer releases, by `Type@version`. */
  readonly unknownTypes: ReadonlyMap<string, number>;
  readonly damage: readonly Damage[];
  readonly logEnds: readonly LogEnd[];
  readonly locks: readonly LockFile[];
  readonly disk: DiskUse;
  readonly prices: {
    readonly hash: string;
    /** When the newest list price of this release became known. */
    readonly newestKnownFrom: Instant;
  };
  /** Null where Claude Code keeps no transcripts at the usual places. */
  readonly transcripts: UnreadTranscripts | null;
  /** When the last import of transcripts ended; null where there was none. */
  readonly importedAt: Instant | null;
}

/** Reads a ledger and what is around it; changes nothing. */
export async function readCondition(path: string, now: Instant, io: CommandIo): Promise<LedgerCondition> {
  await using ledger = await openLedger(path, { mode: "read" });
  const account = await ledger.account();
  const { book } = withPriceSets(listPriceBook(), account.priceSets);
  const tally = new RecordingTally();
  tally.addRequests(rowsOfAccount(account));
  for (const event of account.others) tally.add(event);
  const transcripts = await findUnreadTranscripts({ ledger, env: io.env, home: io.home });
  const everything = { by: [], where: [], since: null, until: null, timeZone: "UTC" };
  return {
    path,
    now,
    clock: io.now(),
    settings: await ledger.settings.read(),
    recording: tally.result(),
    spend: querySpend(account, { ...everything, book }),
    conflicts: account.conflicts.length,
    unknownTypes: account.unknownTypes,
    damage: ledger.damage(),
    logEnds: await readLogEnds(path),
    locks: await listLocks(path, nodeFileSystem, nodeProcesses),
    disk: diskUse(path),
    prices: {
      hash: book.hash,
      newestKnownFrom: Math.max(...listPriceBook().cards.map(({ knownFrom }) => knownFrom)),
    },
    transcripts: transcripts.files === 0 ? null : transcripts,
    importedAt: changedAt(join(path, "checkpoints", "import-claude-code.json")),
  };
}

function changedAt(path: string): Instant | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}
