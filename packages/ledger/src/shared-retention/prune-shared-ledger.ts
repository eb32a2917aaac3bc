import { hash } from "node:crypto";
import { join } from "node:path";
import { v7 } from "uuid";
import { LedgerChangedError, LedgerUnavailableError } from "../errors.ts";
import { formatInstant, type Instant } from "../instant.ts";
import type { SharedLedger } from "../open-ledger-options.ts";
import { catchUpAnd } from "../replica/catch-up.ts";
import { damagedCopy } from "../replica/damaged-copy.ts";
import type { UpdateReplicaOptions } from "../replica/update-replica.ts";
import { isPrunable, surveyLogs, type Survey } from "../retention/survey.ts";
import { sumUp } from "../retention/sum-up.ts";
import { readPersonalLabels } from "../settings/read-settings.ts";
import { nodeFileSystem } from "../store/file/file-system.ts";
import { listLogs } from "../store/file/list-logs.ts";
import { nodeProcesses } from "../store/file/processes.ts";
import { formatRecord, type PruneRecord } from "../store/file/prune-record.ts";
import { openPrunedIds, prunedPath, readPruned } from "../store/file/pruned.ts";
import { replicaLog } from "../store/file/replica-log.ts";
import { connect, type Database, type Query } from "../store/postgres/database.ts";
import { monthOf } from "../store/postgres/event-rows.ts";
import { joinLedger, type JoinedLedger } from "../store/postgres/joined-ledger.ts";
import { parsePostgresUrl } from "../store/postgres/postgres-url.ts";
import type { RowPlace } from "../store/postgres/row-place.ts";
import { shownText } from "../store/postgres/shown-text.ts";
import { cameMeanwhile } from "./came-meanwhile.ts";
import { PrunedRows } from "./delete-pruned.ts";
import { dropPartitions, isNotAvailable, lockIfFree } from "./drop-partitions.ts";
import { hostsBehind } from "./hosts-behind.ts";
import { SumRows } from "./insert-sums.ts";

export interface PruneSharedOptions extends UpdateReplicaOptions {
  /** The detail of requests that were complete before this instant goes. */
  readonly before: Instant;
  /** Only tells what would be done. Default: false. */
  readonly dryRun?: boolean;
  /** Names what is new. Default: UUID v7. */
  readonly newUuid?: () => string;
  /** Hears how many bytes of this host's copy were summed up, and of how many. Default: nobody does. */
  readonly onSummed?: (done: number, total: number) => void;
}

/** What a prune of a ledger in a database did, or would do. */
export interface SharedPruneResult {
  readonly before: Instant;
  /** Requests whose detail went. */
  readonly requests: number;
  /** What stands in their place: sums of requests that are alike. */
  readonly rollups: number;
  /** Rows that went: a request can have several. */
  readonly rows: number;
  /** Bytes of their lines, and of those that came in their place. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Rows of requests of before the instant that stay as they are. */
  readonly linesLeft: number;
  /** What hosts had said of themselves before the instant, but for the newest of each; none of a dry run. */
  readonly hostReports: number;
  /** Months of which little was left, and whose partition went; none of a dry run. */
  readonly partitions: number;
  /** Hosts that have events which the database has not: what these say of requests that were summed up will not count. */
  readonly hostsBehind: readonly string[];
}

/** How often it is begun anew because of rows that came meanwhile. */
const ATTEMPTS_MAX = 3;

/**
 * Replaces the detail of old requests in a database by sums, as `pruneLedger` does in a folder: brings this host's copy up
 * to date, sums up what is in it, and changes the database in one transaction. So a prune that is interrupted at any point
 * has changed nothing or everything. Others may read and record meanwhile; copies are made anew by themselves.
 *
 * What comes of a pruned request afterwards is counted in its sum already, and no figure changes by it. Needs the rights of
 * `farthing_reader` and `farthing_pruner`.
 *
 * @throws LedgerUnavailableError where another one prunes, where rows of such requests keep coming, and where the database
 *   refuses; nothing is changed.
 * @throws LedgerNotFoundError, LedgerFormatError, InvalidSettingError
 */
export async function pruneSharedLedger(
  { url, replica, loadPg }: SharedLedger,
  options: PruneSharedOptions,
): Promise<SharedPruneResult> {
  const connected = await connect(parsePostgresUrl(url), loadPg === undefined ? {} : { loadPg });
  const database = connected.needing("farthing_pruner");
  try {
    const joined = await joinLedger(database);
    const path = replica ?? join(options.cache, "ledgers", joined.id);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await database.inTransaction((query) =>
          new SharedPrune({ database, query, path, joined }, options).run(),
        );
      } catch (error) {
        if (!(error instanceof LedgerChangedError)) throw error;
        if (attempt === ATTEMPTS_MAX) throw restless(database.name, error);
      }
    }
  } finally {
    await database.end();
  }
}

interface Pruned {
  readonly database: Database;
  /** Of the transaction in which everything is done. */
  readonly query: Query;
  /** The copy. */
  readonly path: string;
  readonly joined: JoinedLedger;
}

/** One prune of a database at a time: the letters of "prune" as a number. */
const LOCK = "482956635749";
/** Rows are found by their keys: the planner, where it knows little of a table, would read all of it each time. */
const SETTINGS = `set local statement_timeout = 0;
  set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off`;

/** Summing up takes minutes in which the database is asked nothing. */
const UNHURRIED = "set local idle_in_transaction_session_timeout = 0";

const RECORD = "insert into farthing.prune (number, id, record) values ($1, $2, $3)";

const REPORTS = `delete from farthing.outbox where ctid in (
  select o.ctid from farthing.outbox o
  where reported_at < timestamptz 'epoch' + $1 * interval '1 millisecond'
    and exists (select from farthing.outbox newer
      where newer.outbox = o.outbox and newer.host = o.host and newer.reported_at > o.reported_at)
  limit $2)`;
const REPORTS_PER_STATEMENT = 50_000;

class SharedPrune {
  readonly #pruned: Pruned;
  readonly #options: PruneSharedOptions;

  constructor(pruned: Pruned, options: PruneSharedOptions) {
    this.#pruned = pruned;
    this.#options = options;
  }

  async run(): Promise<SharedPruneResult> {
    const { database, query, path } = this.#pruned;
    const { fileSystem = nodeFileSystem, processes = nodeProcesses, onProgress } = this.#options;
    await query(SETTINGS);
    try {
      // For a moment: whose connection broke just now has it until the server sees that.
      await query(`set local lock_timeout = '2s'; select pg_advisory_xact_lock(${LOCK}); set local lock_timeout = 0`);
    } catch (error) {
      throw isNotAvailable(error) ? atWork(database.name) : error;
    }
    const told = onProgress === undefined ? {} : { onProgress };
    // On the same connection: while the lock is held, and without another one.
    const own: Database = { ...database, query, inTransaction: (action) => action(query) };
    return catchUpAnd(own, path, { fileSystem, processes, ...told }, (newest) => this.#prune(newest));
  }

  async #prune(newest: RowPlace): Promise<SharedPruneResult> {
    const { query, path, joined } = this.#pruned;
    await query(UNHURRIED);
    const { before, dryRun = false, newUuid = v7, onSummed, fileSystem = nodeFileSystem } = this.#options;
    const folder = join(path, "segments");
    const survey = await surveyLogs(fileSystem, await listLogs(fileSystem, folder), before);
    if (survey.segments.some(({ isDamaged }) => isDamaged)) throw damagedCopy(path);
    const { records } = await readPruned(fileSystem, path);
    const number = records.length + 1;
    const at = await this.#timeOf(survey);
    const name = `db${newUuid().replaceAll("-", "")}`;
    const write = dryRun ? null : query;
    const gone = new PrunedRows(write, number, path);
    const sums = new SumRows(write, newest, at);
    let linesLeft = 0;
    const made = await sumUp(
      survey,
      survey.segments,
      {
        fileSystem,
        folder,
        before,
        name,
        personalLabels: readPersonalLabels(joined.settings["personalLabels"]),
        pruned: await openPrunedIds(fileSystem, path),
        // Their ids could not be told from others by SQL.
        isExcepted: ({ id }) => shownText(id) !== id,
        onProgress: onSummed ?? (() => undefined),
      },
      {
        async take({ id }, lines) {
          for (const line of lines) await gone.delete(line);
          await gone.remember(id);
        },
        async keep({ event }) {
          if (isPrunable(event) && Date.parse(event.occurredAt) < before) linesLeft += 1;
        },
        passOver: (line) => gone.deleteToo(line),
        write: (sum) => sums.add(sum),
      },
    );
    const isPruned = made.requests > 0;
    const rows = isPruned ? gone.rows : 0;
    const [bytesBefore, bytesAfter] = isPruned ? [gone.bytes, sums.bytes] : [0, 0];
    const result = { before, ...made, rows, bytesBefore, bytesAfter, linesLeft, hostsBehind: await hostsBehind(query) };
    if (dryRun) return { ...result, hostReports: 0, partitions: 0 };
    const hostReports = await this.#deleteReports();
    let partitions = 0;
    if (isPruned) {
      await gone.finish();
      await sums.finish();
      const isAlone = await this.#refuseMeanwhile(newest, number, survey);
      const ids = hash("sha256", gone.ids.bytes(), "hex");
      const previous = await this.#hashOf(records.length);
      const record = recordOf(survey, { number, at, before, requests: made.requests, ids, previous });
      await query(RECORD, [number, name, record]);
      const month = Number(monthOf(formatInstant(before)));
      if (isAlone) partitions = await dropPartitions(query, gone.byMonth, month);
    }
    return { ...result, hostReports, partitions };
  }

  /** What hosts said of themselves before, but for the newest of each, which counts. */
  async #deleteReports(): Promise<number> {
    for (let deleted = 0; ;) {
      const { count } = await this.#pruned.query(REPORTS, [this.#options.before, REPORTS_PER_STATEMENT]);
      deleted += count;
      if (count < REPORTS_PER_STATEMENT) return deleted;
    }
  }

  /** When the sums are recorded: after every line that is in them, also where the server's clock was set back. */
  async #timeOf({ segments }: Survey): Promise<number> {
    const { rows } = await this.#pruned.query("select (extract(epoch from clock_timestamp()) * 1000)::bigint");
    return Math.max(Number(rows[0]?.[0]), ...segments.map(({ head }) => head.at ?? 0));
  }

  /**
   * The sums must hold all that is known of a request. Where a writer waits for this transaction, because it sends again
   * what is being pruned, it cannot be waited for; what it sends is then later than the prune.
   *
   * @returns Whether nobody can write any more until the end of the transaction.
   */
  async #refuseMeanwhile(newest: RowPlace, number: number, { priceSets }: Survey): Promise<boolean> {
    const { query } = this.#pruned;
    const isAlone = await lockIfFree(query, "share row exclusive");
    if (await cameMeanwhile(query, newest, number, new Set(priceSets.map(({ id }) => id)))) {
      throw new LedgerChangedError("more came of requests that were being pruned, or of their prices");
    }
    return isAlone;
  }

  async #hashOf(record: number): Promise<string | null> {
    if (record === 0) return null;
    const { fileSystem = nodeFileSystem } = this.#options;
    return hash("sha256", await fileSystem.readFile(prunedPath(this.#pruned.path, record, "json")), "hex");
  }
}

/** What copies are told: their log was dropped whole, and another one begun. */
function recordOf(
  { segments }: Survey,
  {
    number,
    at,
    before,
    requests,
    ids,
    previous,
  }: Pick<PruneRecord, "number" | "at" | "requests" | "ids" | "previous"> & {
    readonly before: Instant;
  },
): string {
  return formatRecord({
    number,
    at,
    before: formatInstant(before),
    log: { writer: replicaLog(number), segments: 0, seq: 0, chain: "" },
    dropped: segments.map(({ log: { writer }, segment, bytes, head }) => ({ writer, segment, bytes, ...head })),
    requests,
    ids,
    previous,
  });
}

function atWork(name: string): LedgerUnavailableError {
  const why = "another prune of this ledger is at work";
  return new LedgerUnavailableError(name, `${why}; wait until it has ended, then try again`);
}

function restless(name: string, cause: LedgerChangedError): LedgerUnavailableError {
  const why = "lines keep coming of requests of before that time or of prices, or wait for a transaction that is open";
  return new LedgerUnavailableError(name, `${why}, and nothing was pruned; try again later, or name an earlier time`, {
    cause,
  });
}
