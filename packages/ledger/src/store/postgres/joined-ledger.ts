import { LedgerNotFoundError } from "../../errors.ts";
import type { Database } from "./database.ts";
import { refuseVersion } from "./read-rows.ts";

/** What everybody who works with a ledger in a database must know of it. */
export interface JoinedLedger {
  /** Names the ledger, whichever database it is moved to. */
  readonly id: string;
  /** The newest settings, as JSON. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** @throws LedgerNotFoundError, LedgerFormatError, LedgerUnavailableError */
export async function joinLedger({ name, query }: Pick<Database, "name" | "query">): Promise<JoinedLedger> {
  const { rows } = await query("select id, version, settings from farthing.joined()");
  const [id, version, settings] = rows[0] ?? [];
  if (typeof id !== "string") {
    throw new LedgerNotFoundError(name, "it has the tables of a ledger and names none; restore it from a copy");
  }
  refuseVersion(name, Number(version));
  return { id, settings: JSON.parse(String(settings)) as Readonly<Record<string, unknown>> };
}
