import type { Query } from "../store/postgres/database.ts";

const BEHIND = `select distinct host from (
  select distinct on (outbox, host) host, waiting from farthing.outbox order by outbox, host, reported_at desc
) newest where waiting > 0 order by host`;

/**
 * Names of the hosts that have events which the database has not, by what each said last: they may tell of requests that
 * are summed up without them. A folder that was cloned is one outbox of several hosts.
 */
export async function hostsBehind(query: Query): Promise<readonly string[]> {
  return (await query(BEHIND)).rows.map(([host]) => String(host));
}
