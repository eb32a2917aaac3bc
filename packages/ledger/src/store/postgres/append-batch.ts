import { decodeEvent } from "../../events/codec.ts";
import type { LedgerEvent } from "../../events/event.ts";
import { AppendPlan, entriesOf, type EncodedEvent } from "../append-plan.ts";
import type { AppendOutcome } from "../event-store.ts";
import type { Database } from "./database.ts";
import { hashesOf, INSERTING, ROWS, rowParameters } from "./event-rows.ts";
import { isAmong } from "./prune-rows.ts";

/** What the database holds by the id it is held under. */
type Held = ReadonlyMap<string, readonly LedgerEvent[]>;

const NOTHING: Held = new Map();

/** Inserts the rows unless something is held under one of their ids, or was pruned, which is answered instead. */
const INSERT_IF_NEW = `with batch as materialized (select * from ${ROWS}),
${INSERTING},
held as materialized (select line from farthing.event where id_hash = any($1::bigint[])),
pruned as materialized (select id_digest from farthing.pruned_id where id_hash = any($1::bigint[])),
written as (
  insert into farthing.event (id_hash, digest, month, ordinal, line)
  select id_hash, digest, month, inserting.ordinal + batch.ordinal, line from inserting, batch
  where not exists (select from held) and not exists (select from pruned)
  on conflict do nothing returning 1
)
select null as line, null::uuid as pruned, (select count(*) from written) as written, pg_current_xact_id() as transaction
union all select line, null, null, null from held
union all select null, id_digest, null, null from pruned`;

const INSERT = `with ${INSERTING},
written as (
  insert into farthing.event (id_hash, digest, month, ordinal, line)
  select id_hash, digest, month, inserting.ordinal + t.ordinal, line from inserting, ${ROWS} on conflict do nothing returning 1
)
select count(*), pg_current_xact_id() from written`;

const HELD_BEFORE = `select line from farthing.event
  where id_hash = any($1::bigint[]) and transaction is distinct from $2::xid8`;

/**
 * Appends events that are valid and do not contradict each other, all or none, and tells what became of each.
 *
 * New ones take one round trip. Where something is held under their ids, it is read first, and what says nothing new is
 * not written. What others write meanwhile is told apart by the transaction.
 */
export async function appendBatch(
  { query }: Pick<Database, "query">,
  events: readonly EncodedEvent[],
): Promise<readonly AppendOutcome[]> {
  const asNew = planOf(events, NOTHING, () => false);
  const hashes = hashesOf(new Set(events.map(({ event }) => event.id)));
  const { rows } = await query(INSERT_IF_NEW, parametersOf(asNew));
  const lines = rows.map(([line]) => line).filter((line) => line !== null);
  const isPruned = isAmong(rows.map(([, digest]) => digest).filter((digest) => digest !== null));
  const heldBefore = async (transaction: unknown): Promise<Held> =>
    heldIn((await query(HELD_BEFORE, [hashes, transaction])).rows.map(([line]) => line));
  const [[, , written, transaction] = []] = rows;
  if (rows.length === 1) {
    if (Number(written) === asNew.lines.length) return asNew.outcomes;
    return planOf(events, await heldBefore(transaction), isPruned).outcomes;
  }
  const plan = planOf(events, heldIn(lines), isPruned);
  if (plan.lines.length === 0) return plan.outcomes;
  const [[more, own] = []] = (await query(INSERT, parametersOf(plan))).rows;
  if (Number(more) === plan.lines.length) return plan.outcomes;
  return planOf(events, await heldBefore(own), isPruned).outcomes;
}

function planOf(events: readonly EncodedEvent[], held: Held, isPruned: (event: LedgerEvent) => boolean): AppendPlan {
  const plan = new AppendPlan();
  for (const event of events) {
    const { id } = event.event;
    if (isPruned(event.event)) plan.addKnown(event);
    else plan.add(event, plan.held.get(id) ?? entriesOf(held.get(id) ?? []));
  }
  return plan;
}

function parametersOf({ lines }: AppendPlan): readonly unknown[] {
  return rowParameters(lines.map(({ event: { id, occurredAt }, json }) => ({ id, occurredAt, json })));
}

/** Ids that share a hash are told apart here. */
function heldIn(lines: readonly unknown[]): Held {
  const held = new Map<string, LedgerEvent[]>();
  for (const line of lines) {
    const event = decodeEvent(String(line));
    const others = held.get(event.id);
    if (others === undefined) held.set(event.id, [event]);
    else others.push(event);
  }
  return held;
}
