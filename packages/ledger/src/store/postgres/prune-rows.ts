import type { LedgerEvent } from "../../events/event.ts";
import { isKnownEvent } from "../../events/known-event.ts";
import { prunedIdDigest } from "../file/pruned-ids.ts";
import type { Database } from "./database.ts";
import { hashesOf } from "./event-rows.ts";

/** The hash of an id, and what it is known by as hexadecimal digits. */
export type IdRow = readonly [hash: number, digest: string];

/** The records of all prunes of a ledger, the first one first. Throws as `Database.query`. */
export async function readPruneRecords({ query }: Pick<Database, "query">): Promise<readonly string[]> {
  const { rows } = await query("select record from farthing.prune order by number");
  return rows.map(([record]) => String(record));
}

const IDS_AFTER = `select id_hash, id_digest from farthing.pruned_id
  where prune = $1 and (id_hash, id_digest) > ($2::bigint, $3::uuid) order by id_hash, id_digest limit $4`;
const PAGE_IDS = 20_000;

/** Yields the ids that a prune put into sums, in pages. Throws as `Database.query`. */
export async function* readPrunedIds(
  { query }: Pick<Database, "query">,
  prune: number,
): AsyncGenerator<readonly IdRow[], void> {
  let last: readonly unknown[] = [-1, "00000000-0000-0000-0000-000000000000"];
  for (;;) {
    const { rows } = await query(IDS_AFTER, [prune, ...last, PAGE_IDS]);
    if (rows.length > 0) yield rows.map(([hash, digest]) => [Number(hash), digitsOf(digest)]);
    if (rows.length < PAGE_IDS) return;
    last = rows.at(-1) ?? last;
  }
}

/** Which of some events tell of requests that count in a sum alone, after so many prunes. Throws as `Database.query`. */
export async function prunedAmong(
  { query }: Pick<Database, "query">,
  events: readonly LedgerEvent[],
  prunes: number,
): Promise<(event: LedgerEvent) => boolean> {
  const hashes = hashesOf(new Set(events.map(({ id }) => id)));
  const { rows } = await query(
    "select id_digest from farthing.pruned_id where id_hash = any($1::bigint[]) and prune <= $2",
    [hashes, prunes],
  );
  return isAmong(rows.map(([digest]) => digest));
}

/** Whether an event tells of one of the requests that some digests stand for. */
export function isAmong(digests: readonly unknown[]): (event: LedgerEvent) => boolean {
  const known = new Set(digests.map(digitsOf));
  return (event) => known.size > 0 && isKnownEvent(event) && known.has(prunedIdDigest(event.id).toString("hex"));
}

function digitsOf(uuid: unknown): string {
  return String(uuid).replaceAll("-", "");
}
