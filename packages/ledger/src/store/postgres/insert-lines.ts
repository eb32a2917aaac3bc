import type { Database } from "./database.ts";
import { INSERTING, ROWS, rowParameters, type EventLine } from "./event-rows.ts";

const INSERT = `with ${INSERTING}
  insert into farthing.event (id_hash, digest, month, ordinal, line)
  select id_hash, digest, month, inserting.ordinal + t.ordinal, line from inserting, ${ROWS} on conflict do nothing`;

/**
 * Records lines in one statement; those that are there already, byte for byte, are left as they are. Needs no right but
 * to insert. Returns how many were new.
 *
 * @throws LedgerUnavailableError, LedgerNotFoundError; sending them again is right whichever of them are there.
 */
export async function insertLines({ query }: Pick<Database, "query">, lines: readonly EventLine[]): Promise<number> {
  if (lines.length === 0) return 0;
  return (await query(INSERT, rowParameters(lines))).count;
}
