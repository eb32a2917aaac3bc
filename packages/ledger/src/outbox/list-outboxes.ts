import type { SharedLedger } from "../open-ledger-options.ts";
import { connect } from "../store/postgres/database.ts";
import { parsePostgresUrl } from "../store/postgres/postgres-url.ts";

/** What a host that forwards to a shared ledger last said of itself. */
export interface OutboxStatus {
  /** Id of the ledger's folder there. */
  readonly outbox: string;
  readonly host: string;
  /** Events of it that are in the shared ledger. */
  readonly forwarded: number;
  /** Lines that were not, then. */
  readonly waiting: number;
  /** When it said so, by the server's clock, in milliseconds since 1970. */
  readonly reportedAt: number;
  /** When the newest of its forwarded events occurred, in milliseconds since 1970; null where there is none. */
  readonly newestAt: number | null;
}

const NEWEST = `select distinct on (outbox, host) outbox, host, forwarded, waiting,
    (extract(epoch from reported_at) * 1000)::bigint, (extract(epoch from newest_at) * 1000)::bigint
  from farthing.outbox order by outbox, host, reported_at desc`;

/**
 * The hosts that forward to a shared ledger, in order of their names. Needs the rights of `farthing_reader`.
 *
 * @throws LedgerUnavailableError, LedgerNotFoundError, InvalidSettingError
 */
export async function listOutboxes({ url, loadPg }: SharedLedger): Promise<readonly OutboxStatus[]> {
  const connected = await connect(parsePostgresUrl(url), loadPg === undefined ? {} : { loadPg });
  const database = connected.needing("farthing_reader");
  try {
    const { rows } = await database.query(NEWEST);
    return rows
      .map(([outbox, host, forwarded, waiting, reportedAt, newestAt]) => ({
        outbox: String(outbox),
        host: String(host),
        forwarded: Number(forwarded),
        waiting: Number(waiting),
        reportedAt: Number(reportedAt),
        newestAt: newestAt === null ? null : Number(newestAt),
      }))
      .sort((a, b) => (a.host < b.host || (a.host === b.host && a.outbox < b.outbox) ? -1 : 1));
  } finally {
    await database.end();
  }
}
