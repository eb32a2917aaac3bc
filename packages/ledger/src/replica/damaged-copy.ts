import { LedgerUnavailableError } from "../errors.ts";

/** Of a copy that holds lines which cannot be read, where sums of all lines are wanted. */
export function damagedCopy(path: string): LedgerUnavailableError {
  const why = "this host's copy of the ledger is damaged, so that no sum of it can be relied on";
  const remedy = "delete the folder: it is made again from the database";
  const again =
    "where the new one is said to be damaged too, a row of the database holds no event: farthing verify --deep tells its " +
    "line, and the owner of the tables takes the row out";
  return new LedgerUnavailableError(path, `${why}; ${remedy}; ${again}`);
}
