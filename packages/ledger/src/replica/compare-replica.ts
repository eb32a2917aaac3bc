import { LedgerUnavailableError } from "../errors.ts";
import type { Database } from "../store/postgres/database.ts";
import { HORIZON, horizonIn, type Horizon } from "../store/postgres/horizon.ts";
import type { ReplicaState } from "./replica-state.ts";

/** How a replica stands to its database. */
export interface ReplicaStand {
  readonly horizon: Horizon;
  /** Whether what it holds is what the database has in the same places; the replica has to be made anew where it is not. */
  readonly isGood: boolean;
  /** Whether the database has rows behind its newest one that may be read. */
  readonly hasNew: boolean;
}

/**
 * All in one statement: most replicas are asked when nothing is new, and whoever asks may be far from the server.
 *
 * With an order and a limit the planner follows the index whatever it knows of the table; to find out whether there is a
 * row at all, with `exists`, which heeds neither, it might read everything.
 */
const STAND = `select ${HORIZON},
  $5::text = '' or exists (select from farthing.prune where id = $5::text),
  exists (select from farthing.event where (era, transaction, ordinal) = ($1::smallint, $2::xid8, $3::integer)
    and digest = $4::uuid),
  (select true from farthing.event where (era, transaction, ordinal) > ($1::smallint, $2::xid8, $3::integer)
    and (era, transaction) < ((select max(number) from farthing.era), pg_snapshot_xmin(pg_current_snapshot()))
    order by era, transaction, ordinal limit 1),
  pg_is_in_recovery()`;

/** @throws LedgerFormatError, LedgerNotFoundError, LedgerUnavailableError */
export async function compareReplica(
  { name, query }: Pick<Database, "name" | "query">,
  { era, place, digest, prune = "" }: ReplicaState,
): Promise<ReplicaStand> {
  const values = [place.era, place.transaction, place.ordinal, digest === "" ? null : digest, prune];
  const [row = []] = (await query(STAND, values)).rows;
  const horizon = horizonIn(name, row);
  const [knowsPrune, isThere, hasNew, isStandby] = row.slice(-4).map((each) => each === true);
  // Rows that came between the restoring of a copy and the new era stand before others that were read.
  const isComparable = place.era !== 0 && prune === horizon.prune && era === horizon.era;
  const isOlder = knowsPrune !== true || era > horizon.era || (isComparable && isThere !== true);
  if (isStandby === true && place.era !== 0 && isOlder) {
    throw new LedgerUnavailableError(name, "is a standby that is behind this copy; ask its primary, or again later");
  }
  return { horizon, isGood: isComparable && isThere === true, hasNew: hasNew === true };
}
