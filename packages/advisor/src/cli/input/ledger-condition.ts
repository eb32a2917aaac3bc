import { statSync } from "node:fs";
import { join } from "node:path";
import { findUnreadTranscripts, type UnreadTranscripts } from "@farthing/adapters/claude-code";
import {
  askView,
  listLocks,
  listPriceBook,
  nodeFileSystem,
  nodeProcesses,
  openLedger,
  querySpend,
  RecordingTally,
  unreadBatches,
  withPriceSets,
  type BatchRecord,
  type Damage,
  type Instant,
  type LedgerSettings,
  type LedgerView,
  type LockFile,
  type PriceBook,
  type Recording,
  type RowBatch,
  type SpendResult,
} from "@farthing/ledger";
import {
  forgottenTargets,
  forwardStatuses,
  heldBackFor,
  listOutboxes,
  targetGaps,
  type ForgottenTarget,
  type ForwardStatus,
  type OutboxStatus,
  type OwnOutbox,
  type TargetGap,
} from "@farthing/ledger/postgres";
import { readOwnOutboxes } from "./own-outboxes.ts";
import { sharedLedger } from "./shared-ledgers.ts";
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
  /** Batches of which results were not read, in order of the day on which these are deleted, or were. */
  readonly unreadBatches: readonly BatchRecord[];
  /** Events of newer releases, by `Type@version`. */
  readonly unknownTypes: ReadonlyMap<string, number>;
  readonly damage: readonly Damage[];
  /** Where each writer's log stands. */
  readonly heads: LedgerView["heads"];
  readonly locks: readonly LockFile[];
  readonly disk: DiskUse;
  readonly prices: {
    readonly hash: string;
    /** When the newest list price of this release became known. */
    readonly newestKnownFrom: Instant;
  };
  /** Null where Claude Code keeps no transcripts at the usual places. */
  readonly transcripts: UnreadTranscripts | null;
  /** Where the folder's events are forwarded to, and how far. */
  readonly forwarding: readonly ForwardStatus[];
  /** Databases that the folder was to go to and which were forgotten, while something is in no database. */
  readonly forgotten: readonly ForgottenTarget[];
  /** Databases that may lack what the folder has no more. */
  readonly gaps: readonly TargetGap[];
  /** Of a ledger in a database, where this user's programs have it wait on this machine; null for a folder. */
  readonly outboxes: readonly OwnOutbox[] | null;
  /** Of a ledger in a database, the hosts that forward to it; null for a folder. */
  readonly hosts: readonly OutboxStatus[] | null;
  /** Of a ledger in a database, how long ago the oldest event was recorded that is not shown yet; null where none is. */
  readonly heldBackMs: number | null;
  /** When the last import of transcripts ended; null where there was none. */
  readonly importedAt: Instant | null;
}

/** Reads a ledger and what is around it; `url` is that of the database whose copy the folder is, null where it is none. */
export async function readCondition(
  path: string,
  url: string | null,
  now: Instant,
  io: CommandIo,
): Promise<LedgerCondition> {
  await using ledger = await openLedger(path, { mode: "read" });
  const settings = await ledger.settings.read();
  const transcripts = await findUnreadTranscripts({ ledger, env: io.env, home: io.home });
  const recorded = await askView([path], {}, async (view) => {
    const { book } = withPriceSets(listPriceBook(), view.priceSets);
    const tally = new RecordingTally();
    for (const event of view.others) tally.add(event);
    const everything = { by: [], where: [], since: null, until: null, timeZone: "UTC" };
    const spend = await querySpend(tallied(view, tally), { ...everything, book });
    return {
      recording: tally.result(),
      spend,
      conflicts: view.conflicts.count,
      unreadBatches: await unreadBatches(view),
      unknownTypes: view.unknownTypes,
      damage: view.damage,
      heads: view.heads,
      prices: { hash: book.hash, newestKnownFrom: newestKnownFrom(listPriceBook()) },
    };
  });
  return {
    path,
    now,
    settings,
    ...recorded,
    clock: io.now(),
    locks: await listLocks(path, nodeFileSystem, nodeProcesses),
    disk: diskUse(path),
    transcripts: transcripts.files === 0 ? null : transcripts,
    forwarding: await forwardStatuses(path),
    forgotten: await forgottenTargets(path),
    gaps: await targetGaps(path),
    outboxes: url === null ? null : await readOwnOutboxes(url, ledger.id, io),
    hosts: url === null ? null : await listOutboxes(sharedLedger(url, io)),
    heldBackMs: url === null ? null : await heldBackFor(sharedLedger(url, io)),
    importedAt: changedAt(join(path, "checkpoints", "import-claude-code.json")),
  };
}

/** The requests of a view, each of which is taken into a tally on its way. */
async function* tallied(view: LedgerView, tally: RecordingTally): AsyncGenerator<RowBatch> {
  for await (const batch of view.batches()) {
    tally.addRequests(batch);
    yield batch;
  }
}

function newestKnownFrom({ cards }: PriceBook): Instant {
  return Math.max(...cards.map(({ knownFrom }) => knownFrom));
}

function changedAt(path: string): Instant | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}
