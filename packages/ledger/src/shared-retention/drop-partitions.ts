import type { Query } from "../store/postgres/database.ts";

const PARTITIONS = `select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'farthing.event'::regclass and c.relname ~ '^event_[0-9]{6}$' and pg_has_role(c.relowner, 'usage')
    and substr(c.relname, 7)::integer < $1 order by c.relname`;

/**
 * Drops the partitions of months that hold no row any more, which gives their disk back at once; elsewhere PostgreSQL uses
 * the room again by and by. Only who owns them can, and only where nobody uses the table for a moment. Rows that still come
 * of such a month go to the common partition.
 *
 * @param month Those of before it, such as 202611.
 * @returns How many.
 */
export async function dropEmptyPartitions(query: Query, month: number): Promise<number> {
  const { rows } = await query(PARTITIONS, [month]);
  const empty: string[] = [];
  for (const [name] of rows) if (await isEmpty(query, String(name))) empty.push(String(name));
  if (empty.length === 0 || !(await lockIfFree(query, "access exclusive"))) return 0;
  let dropped = 0;
  for (const name of empty) {
    // Somebody may have written to it before the lock.
    if (!(await isEmpty(query, name))) continue;
    await query(`drop table farthing.${name}`);
    dropped += 1;
  }
  return dropped;
}

async function isEmpty(query: Query, name: string): Promise<boolean> {
  const { rows } = await query(`select not exists (select from farthing.${name})`);
  return rows[0]?.[0] === true;
}

/** Less than the second after which PostgreSQL ends somebody's transaction, where each waits for the other. */
const LOCK_TIMEOUT = "500ms";
const NOT_AVAILABLE = "55P03";

/** Locks the table of events, unless others use it for longer than a moment. */
export async function lockIfFree(query: Query, mode: "share row exclusive" | "access exclusive"): Promise<boolean> {
  await query(`savepoint free; set local lock_timeout = '${LOCK_TIMEOUT}'`);
  try {
    await query(`lock table only farthing.event in ${mode} mode`);
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
