import { LedgerNotFoundError } from "../../errors.ts";
import type { Database } from "./database.ts";
import { copied, refuseVersion } from "./horizon.ts";

/** What everybody who works with a ledger in a database must know of it. */
export interface JoinedLedger {
  /** Names the ledger, whichever database it is moved to. */
  readonly id: string;
  /** The newest settings, as JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Another one after a restore or a failover: what was committed before may be gone. */
  readonly incarnation: string;
  /** No transaction from this one on has been committed; null where it is not known. */
  readonly nextTransaction?: string | null;
  /** Whether this user may insert events. */
  readonly mayInsert: boolean;
}

/**
 * Tables of an earlier release say nothing of the next transaction, and it is their version that is to be told. A standby,
 * which may answer in the place of the server that is written to, may not have heard yet of what was committed there.
 */
const JOINED = `select id, version, settings, incarnation, is_copy, has_column_privilege('farthing.event', 'line', 'insert'),
    case when not pg_is_in_recovery() then row_to_json(joined) ->> 'next_transaction' end
  from farthing.joined() as joined`;

/** @throws LedgerNotFoundError, LedgerFormatError, LedgerUnavailableError */
export async function joinLedger({ name, query }: Pick<Database, "name" | "query">): Promise<JoinedLedger> {
  const { rows } = await query(JOINED);
  const [id, version, settings, incarnation, isCopy, mayInsert, next] = rows[0] ?? [];
  if (typeof id !== "string") {
    throw new LedgerNotFoundError(name, "it has the tables of a ledger and names none; restore it from a copy");
  }
  refuseVersion(name, Number(version));
  if (isCopy === true) throw copied(name);
  return {
    id,
    incarnation: String(incarnation),
    nextTransaction: typeof next === "string" ? next : null,
    mayInsert: mayInsert !== false,
    settings: JSON.parse(String(settings)) as Readonly<Record<string, unknown>>,
  };
}
