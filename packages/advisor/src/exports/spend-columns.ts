import type { GroupKey, SpendRow } from "@farthing/ledger";
import type { Column } from "./table.ts";

/** What daily spend is grouped by. */
export const SPEND_BY: readonly GroupKey[] = ["day", "service", "model"];

/** A table of daily spend. */
export const SPEND_COLUMNS: readonly Column<SpendRow>[] = [
  ...SPEND_BY.map((key) => ({ name: key, type: "text", value: ({ by }: SpendRow) => by[key] ?? null }) as const),
  // Where none has a price, the cost is unknown.
  { name: "usd", type: "usd", value: (row) => (row.unpricedRequests === row.requests ? null : row.usd) },
  { name: "requests", type: "count", value: ({ requests }) => requests },
  { name: "unpriced_requests", type: "count", value: ({ unpricedRequests }) => unpricedRequests },
  { name: "uncached_input_tokens", type: "count", value: ({ tokens }) => tokens.uncachedInput },
  { name: "cache_write_5m_tokens", type: "count", value: ({ tokens }) => tokens.cacheWrite5m },
  { name: "cache_write_1h_tokens", type: "count", value: ({ tokens }) => tokens.cacheWrite1h },
  { name: "cache_read_tokens", type: "count", value: ({ tokens }) => tokens.cacheRead },
  { name: "output_tokens", type: "count", value: ({ tokens }) => tokens.output },
];
