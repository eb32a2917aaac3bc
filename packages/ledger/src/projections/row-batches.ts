import { buildRows } from "../rows/build-rows.ts";
import type { RowBatch } from "../rows/request-rows.ts";
import type { Account } from "./account.ts";

/** What questions are asked of: an account in memory, or rows from wherever they are. */
export type Requests = Account | Iterable<RowBatch> | AsyncIterable<RowBatch>;

/** The requests of an account as rows, all of which count. */
export function rowsOfAccount({ responses, failures, rollups }: Account): RowBatch {
  return { key: null, rows: buildRows([...responses, ...failures]), dead: null, rollups };
}

/** Takes every batch, in order, and then asks for the result; at once where the batches are there. */
export function overBatches<Result>(
  requests: Requests,
  take: (batch: RowBatch) => void,
  result: () => Result,
): Result | Promise<Result> {
  if (Symbol.asyncIterator in requests) return overAsyncBatches(requests, take, result);
  for (const batch of Symbol.iterator in requests ? requests : [rowsOfAccount(requests)]) take(batch);
  return result();
}

async function overAsyncBatches<Result>(
  batches: AsyncIterable<RowBatch>,
  take: (batch: RowBatch) => void,
  result: () => Result,
): Promise<Result> {
  for await (const batch of batches) take(batch);
  return result();
}
