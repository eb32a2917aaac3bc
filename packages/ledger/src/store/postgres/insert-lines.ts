import type { Database } from "./database.ts";
import { INSERTING, ROWS, rowParameters, type EventLine } from "./event-rows.ts";

const INSERT = `with ${INSERTING},
written as (
  insert into farthing.event (id_hash, digest, month, ordinal, line)
  select id_hash, digest, month, inserting.ordinal + t.ordinal, line from inserting, ${ROWS} on conflict do nothing returning 1
)
select count(*), pg_current_xact_id_if_assigned() from written`;

/** What became of lines. */
export interface InsertedLines {
  /** How many were new. */
  readonly count: number;
  /** The transaction that committed them; null where none was new. */
  readonly transaction: string | null;
}

/**
 * Records lines in one statement; those that are there already, byte for byte, are left as they are. Needs no right but
 * to insert. Returns how many were new.
 *
 * @throws LedgerUnavailableError, LedgerNotFoundError; sending them again is right whichever of them are there.
 */
export async function insertLines(database: Pick<Database, "query">, lines: readonly EventLine[]): Promise<number> {
  return (await insertAndTell(database, lines)).count;
}

/** As `insertLines`, and tells by which transaction. */
export async function insertAndTell(
  { query }: Pick<Database, "query">,
  lines: readonly EventLine[],
): Promise<InsertedLines> {
  if (lines.length === 0) return { count: 0, transaction: null };
  const [[count, transaction] = []] = (await query(INSERT, rowParameters(lines))).rows;
  // One that wrote nothing has a number, too, which a server that crashes right after it gives to another one.
  const isNew = Number(count ?? 0) > 0 && typeof transaction === "string";
  return { count: Number(count ?? 0), transaction: isNew ? transaction : null };
}
