import type { Database } from "./database.ts";
import type { Horizon } from "./horizon.ts";
import { readRows, type EventRow } from "./read-rows.ts";
import type { RowPlace } from "./row-place.ts";

/** A batch is of so many pages. */
const PAGES_PER_BATCH = 16;

interface Batch {
  readonly rows: readonly EventRow[];
  /** Where to read on; null after the last one. */
  readonly next: RowPlace | null;
}

/**
 * Yields the rows after a place, in the database's order, in batches. No transaction is open while one is worked on,
 * however long that takes. Throws as `readRows`.
 */
export async function* rowBatches(
  database: Pick<Database, "name" | "inTransaction">,
  after: RowPlace,
  horizon: Horizon,
  limit: number,
): AsyncGenerator<readonly EventRow[], void> {
  const read = async (from: RowPlace, left: number): Promise<Batch> => {
    const rows: EventRow[] = [];
    const next = await readRows(
      database,
      { after: from, horizon, pages: PAGES_PER_BATCH, limit: left },
      async (page) => {
        for (const row of page) rows.push(row);
      },
    );
    return { rows, next };
  };
  let left = limit;
  let coming: Promise<Batch> | null = read(after, left);
  while (coming !== null) {
    const { rows, next }: Batch = await coming;
    left -= rows.length;
    // The next one is on its way meanwhile.
    coming = next === null || left <= 0 ? null : read(next, left);
    coming?.catch(() => undefined);
    if (rows.length > 0) yield rows;
  }
}
