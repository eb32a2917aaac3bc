import { buildRows, type RequestFailed, type ResponseRecorded, type RowBatch } from "@farthing/ledger";

/** Where an event is put that does not count. */
export const DEAD = 7;
const BATCHES = 3;

/** Events as rows of several batches, by place; those that do not count are marked as dead. */
export function inBatches(
  events: readonly (ResponseRecorded | RequestFailed)[],
  places: readonly number[],
): RowBatch[] {
  return Array.from({ length: BATCHES }, (_, batch) => {
    const here = events.filter((_event, index) => (places[index] ?? 0) % BATCHES === batch);
    const deadIds = new Set(events.filter((_event, index) => places[index] === DEAD).map(({ id }) => id));
    const rows = buildRows(here);
    const dead = Uint8Array.from({ length: rows.count }, (_row, row) => Number(deadIds.has(rows.details().id(row))));
    return { key: null, rows, dead };
  });
}
