import { decodeEvent } from "../events/codec.ts";
import { isEventOf } from "../events/known-event.ts";
import { idHash } from "../events/id-hash.ts";
import { prunedIdDigest } from "../store/file/pruned-ids.ts";
import type { Query } from "../store/postgres/database.ts";
import type { RowPlace } from "../store/postgres/row-place.ts";

const BEHIND = "(era, transaction, ordinal) > ($1::smallint, $2::xid8, $3::integer)";

const SIGHTINGS = `select exists (select from farthing.event e where ${BEHIND}
  and (select true from farthing.pruned_id p where p.id_hash = e.id_hash and p.prune = $4 limit 1))`;
/** Lines are canonical, and a quote within a text has a backslash before it. */
const OTHERS = `select line from farthing.event where ${BEHIND}
  and (line like '%"type":"UsageCorrected"%' or line like '%"type":"PriceSet"%')`;
const ARE_PRUNED = `select exists (select from farthing.pruned_id p
  join unnest($1::bigint[], $2::uuid[]) as taken_back (id_hash, id_digest) using (id_hash, id_digest) where p.prune = $3)`;

/**
 * Whether rows behind a place change what the sums of a prune come to: they tell of a request that is in one, take one or a
 * price back, or name prices. A row that takes something back does not have its id, and names it in its line alone.
 *
 * @param priceSets Ids of the prices that the sums were made with.
 */
export async function cameMeanwhile(
  query: Query,
  { era, transaction, ordinal }: RowPlace,
  prune: number,
  priceSets: ReadonlySet<string>,
): Promise<boolean> {
  const place = [era, transaction, ordinal];
  const sightings = await query(SIGHTINGS, [...place, prune]);
  if (sightings.rows[0]?.[0] === true) return true;
  const takenBack: string[] = [];
  for (const [line] of (await query(OTHERS, place)).rows) {
    const event = decodeEvent(String(line));
    if (isEventOf(event, "PriceSet")) return true;
    if (!isEventOf(event, "UsageCorrected")) continue;
    if (priceSets.has(event.corrects)) return true;
    takenBack.push(event.corrects);
  }
  if (takenBack.length === 0) return false;
  const hashes = `{${takenBack.map(idHash).join(",")}}`;
  const digests = `{${takenBack.map((id) => prunedIdDigest(id).toString("hex")).join(",")}}`;
  const { rows } = await query(ARE_PRUNED, [hashes, digests, prune]);
  return rows[0]?.[0] === true;
}
