import { totalTokens, workloadOf, type RequestRow } from "@farthing/ledger";
import type { Column } from "./table.ts";

/** A table of billed responses, one row each. */
export const REQUEST_COLUMNS: readonly Column<RequestRow>[] = [
  { name: "id", type: "text", value: ({ response }) => response.id },
  { name: "at", type: "time", value: ({ response }) => Date.parse(response.occurredAt) },
  { name: "model", type: "text", value: ({ response }) => response.servedModel },
  { name: "service_tier", type: "text", value: ({ response }) => response.usage.serviceTier },
  { name: "usd", type: "usd", value: ({ cost }) => cost.total },
  { name: "unpriced_reason", type: "text", value: ({ cost }) => cost.reason },
  { name: "uncached_input_tokens", type: "count", value: ({ response }) => totalTokens(response.usage).uncachedInput },
  { name: "cache_write_5m_tokens", type: "count", value: ({ response }) => totalTokens(response.usage).cacheWrite5m },
  { name: "cache_write_1h_tokens", type: "count", value: ({ response }) => totalTokens(response.usage).cacheWrite1h },
  { name: "cache_read_tokens", type: "count", value: ({ response }) => totalTokens(response.usage).cacheRead },
  { name: "output_tokens", type: "count", value: ({ response }) => totalTokens(response.usage).output },
  { name: "output_is_lower_bound", type: "flag", value: ({ response }) => response.output === "lower-bound" },
  { name: "web_searches", type: "count", value: ({ response }) => response.usage.webSearchRequests },
  { name: "stop_reason", type: "text", value: ({ response }) => response.stopReason },
  { name: "workload", type: "text", value: ({ response }) => workloadOf(response) },
  { name: "service", type: "text", value: ({ response }) => response.context.service },
  { name: "session", type: "text", value: ({ response }) => response.context.session },
  { name: "project", type: "text", value: ({ response }) => response.context.project },
  { name: "workspace", type: "text", value: ({ response }) => response.ids.workspace },
  { name: "request_id", type: "text", value: ({ response }) => response.ids.request },
  { name: "labels", type: "text", value: ({ response }) => JSON.stringify(response.labels) },
];
