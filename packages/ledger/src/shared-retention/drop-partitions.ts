import type { Query } from "../store/postgres/database.ts";

/** The month of rows that stand for others, or outlived the partition of their own: they have one together. */
export const NO_MONTH = 0;

const PARTITIONS = `select c.relname, substr(c.relname, 7)::integer from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'farthing.event'::regclass and c.relname ~ '^event_[0-9]{6}$' and pg_has_role(c.relowner, 'usage')
    and substr(c.relname, 7)::integer < $1 order by c.relname`;

/** What it may hold changes with each partition that is dropped, so that it is locked. */
const DEFAULT = "farthing.event_other";
/** Of as many rows that went, one may be left. */
const GONE_PER_LEFT = 4;
/** Writers wait while rows move: so many take a server some seconds. */
const MOVED_MAX = 50_000;
const COLUMNS = "id_hash, transaction, recorded_at, digest, ordinal, era, line";

/**
 * Drops the partitions of months of which little is left, which gives their disk back at once; what is left moves to the
 * partition of sums, at the same place in the order of rows. Only who owns them can, and only where nobody uses the table, or
 * one of these partitions, for a moment: else all of them stay. Nobody may write meanwhile. Rows that still come of such a
 * month go to the default partition.
 *
 * @param gone How many rows of each month went, by months such as 202611.
 * @param month Those of before it.
 * @returns How many.
 */
export async function dropPartitions(query: Query, gone: ReadonlyMap<string, number>, month: number): Promise<number> {
  const { rows } = await query(PARTITIONS, [month]);
  await query("savepoint dropped");
  const names: string[] = [];
  let moved = 0;
  for (const [relation, number] of rows) {
    const [name, count] = [`farthing.${String(relation)}`, gone.get(String(number)) ?? 0];
    const most = Math.min(count / GONE_PER_LEFT, MOVED_MAX - moved);
    if (count === 0 || (await isMuchLeft(query, name, most))) continue;
    const left = `select ${COLUMNS}, ${String(NO_MONTH)} from ${name}`;
    moved += (await query(`insert into farthing.event (${COLUMNS}, month) ${left} on conflict do nothing`)).count;
    names.push(name);
  }
  if (names.length === 0) return 0;
  // Whoever vacuums a partition, or makes an index of it, has no lock of the table, and all others would wait for it.
  if (!(await lockIfFree(query, "access exclusive", [DEFAULT, ...names]))) {
    await query("rollback to savepoint dropped");
    return 0;
  }
  await query(`drop table ${names.join(", ")}`);
  return names.length;
}

async function isMuchLeft(query: Query, name: string, most: number): Promise<boolean> {
  const { rows } = await query(`select count(*) > $1 from (select from ${name} limit $1 + 1) rows_left`, [
    Math.floor(most),
  ]);
  return rows[0]?.[0] === true;
}

/** Less than the second after which PostgreSQL ends somebody's transaction, where each waits for the other. */
const LOCK_TIMEOUT = "500ms";
const NOT_AVAILABLE = "55P03";

/** Locks the table of events, and then partitions of it, unless others use one of them for longer than a moment. */
export async function lockIfFree(
  query: Query,
  mode: "share row exclusive" | "access exclusive",
  partitions: readonly string[] = [],
): Promise<boolean> {
  await query(`savepoint free; set local lock_timeout = '${LOCK_TIMEOUT}'`);
  try {
    await query(`lock table only farthing.event in ${mode} mode`);
    if (partitions.length > 0) await query(`lock table ${partitions.join(", ")} in ${mode} mode nowait`);
  } catch (error) {
    if (!isNotAvailable(error)) throw error;
    await query("rollback to savepoint free");
    return false;
  }
  await query("set local lock_timeout = 0");
  return true;
}

/** Whether it says that somebody else had a lock for too long. */
export function isNotAvailable(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === NOT_AVAILABLE;
}
