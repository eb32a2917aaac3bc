import type { Database } from "../store/postgres/database.ts";
import { shownTime } from "../store/postgres/shown-time.ts";

/** What a host says of itself to the shared ledger. */
export interface OutboxReport {
  /** Id of the ledger's folder. */
  readonly outbox: string;
  readonly host: string;
  readonly forwarded: number;
  readonly waiting: number;
  /** When the newest of the forwarded events occurred; null where there is none. */
  readonly newestAt: string | null;
}

/** Tells the shared ledger how far a host is. Throws as `Database.query`. */
export async function reportOutbox(
  { query }: Pick<Database, "query">,
  { outbox, host, forwarded, waiting, newestAt }: OutboxReport,
): Promise<void> {
  await query(
    `insert into farthing.outbox (outbox, host, forwarded, waiting, newest_at) values ($1, $2, $3, $4, $5)
      on conflict do nothing`,
    [outbox, host, forwarded, waiting, newestAt === null ? null : shownTime(newestAt)],
  );
}
