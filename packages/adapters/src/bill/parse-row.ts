import type { BillLine, TokenBuckets } from "@farthing/ledger";
import { ownObject, ownValue, type JsonObject } from "../ndjson/json-object.ts";
import { usdOfCents } from "./cents.ts";
import type { BillSideName } from "./page.ts";

/** A row, or why it is none. */
export type ParsedRow = { readonly line: BillLine; readonly groupedBy: readonly string[] } | { readonly why: string };

/**
 * What reports can be grouped by (Usage and Cost API and Usage and Cost Analytics API, SDK 1.12.0 and documentation, checked
 * 2026-11-22). Nothing else of a row is kept: it could name people.
 */
const DIMENSIONS: readonly string[] = [
  "account_id",
  "actor.type",
  "actor.user_id",
  "actor_type",
  "agent_id",
  "api_key_id",
  "context_window",
  "cost_type",
  "description",
  "inference_geo",
  "model",
  "organization_id",
  "product",
  "service_account_id",
  "service_tier",
  "session_id",
  "speed",
  "token_type",
  "user_profile_id",
  "workspace_id",
];

/** What is no id of anything: an address, or a key. */
const SECRET = /@|sk-ant-/;

const TOKEN_FIELDS = ["uncached_input_tokens", "cache_creation", "cache_read_input_tokens", "output_tokens"] as const;

/** Which side a row tells; null where it tells neither. */
export function sideOfRow(row: JsonObject): BillSideName | null {
  if (ownValue(row, "amount") !== undefined) return "cost";
  return [...TOKEN_FIELDS, "server_tool_use"].some((name) => ownValue(row, name) !== undefined) ? "usage" : null;
}

/**
 * A row of either side.
 *
 * @param amounts What holds the figures: the row itself, or `cost` or `usage` of a row of the analytics API.
 * @param group What holds the dimensions: the row itself, or its `group`.
 */
export function parseRow(amounts: JsonObject, group: JsonObject, side: BillSideName): ParsedRow {
  const told = DIMENSIONS.map((name) => [name, valueAt(group, name)] as const).filter(
    ([, value]) => value !== undefined,
  );
  const dimensions = Object.fromEntries(told.filter((entry): entry is readonly [string, string] => isId(entry[1])));
  const requests = countOf(amounts, "requests");
  if (requests === "wrong") return { why: "requests: expected a count" };
  const read = side === "cost" ? costOf(amounts) : usageOf(amounts);
  return "why" in read ? read : { line: { dimensions, requests, ...read }, groupedBy: told.map(([name]) => name) };
}

function costOf(row: JsonObject): Pick<BillLine, "usd" | "listUsd" | "tokens" | "webSearchRequests"> | { why: string } {
  const currency = ownValue(row, "currency");
  if (currency !== "USD") {
    return { why: `currency ${JSON.stringify(currency ?? null)}: only amounts in USD can be held` };
  }
  const usd = dollarsOf(row, "amount");
  const list = ownValue(row, "list_amount");
  const listUsd = list === undefined || list === null ? null : dollarsOf(row, "list_amount");
  const isWrong = usd === null || (listUsd === null && list !== undefined && list !== null);
  if (isWrong) return { why: `${usd === null ? "amount" : "list_amount"}: expected cents as a decimal string` };
  return { usd, listUsd, tokens: null, webSearchRequests: null };
}

function dollarsOf(row: JsonObject, name: string): string | null {
  const text = ownValue(row, name);
  return typeof text === "string" ? usdOfCents(text) : null;
}

function usageOf(
  row: JsonObject,
): Pick<BillLine, "usd" | "listUsd" | "tokens" | "webSearchRequests"> | { why: string } {
  if (!TOKEN_FIELDS.some((name) => ownValue(row, name) !== undefined)) return { why: "it has no token counts" };
  const written = ownObject(row, "cache_creation") ?? {};
  const counts = {
    uncachedInput: countOf(row, "uncached_input_tokens"),
    cacheWrite5m: countOf(written, "ephemeral_5m_input_tokens"),
    cacheWrite1h: countOf(written, "ephemeral_1h_input_tokens"),
    cacheRead: countOf(row, "cache_read_input_tokens"),
    output: countOf(row, "output_tokens"),
  };
  const wrong = Object.entries(counts).find(([, count]) => count === "wrong");
  if (wrong !== undefined) return { why: `${wrong[0]}: expected a count` };
  const webSearchRequests = countOf(ownObject(row, "server_tool_use") ?? {}, "web_search_requests");
  if (webSearchRequests === "wrong") return { why: "web_search_requests: expected a count" };
  // A row that tells tokens leaves out the kinds of which there were none.
  const tokens = Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count ?? 0]));
  return { usd: null, listUsd: null, tokens: tokens as unknown as TokenBuckets, webSearchRequests };
}

function countOf(object: JsonObject, name: string): number | "wrong" | null {
  const value = ownValue(object, name);
  if (value === undefined || value === null) return null;
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : "wrong";
}

/** A field, or one of an object within the row as `actor.type`; null where a report is grouped by it and it is none. */
function valueAt(group: JsonObject, name: string): unknown {
  const [first = "", second] = name.split(".");
  if (second === undefined) return ownValue(group, first);
  const inner = ownObject(group, first);
  return inner === null ? undefined : ownValue(inner, second);
}

function isId(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !SECRET.test(value);
}
