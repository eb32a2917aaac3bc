import type { BillLine, TokenBuckets } from "@farthing/ledger";
import { isJsonObject, ownObject, ownValue, type JsonObject } from "../ndjson/json-object.ts";
import { usdOfCents } from "./cents.ts";
import type { BillSideName } from "./page.ts";

/** A row, or why it is none. */
export type ParsedRow = { readonly line: BillLine } | { readonly why: string };

/** Names of a row that are no dimensions. */
const NOT_DIMENSIONS: ReadonlySet<string> = new Set(["amount", "list_amount", "currency", "starting_at", "ending_at"]);

/** They name people, of whom the bill account keeps ids alone. */
const OF_PEOPLE: ReadonlySet<string> = new Set(["email_address", "email", "name"]);

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
  const dimensions = dimensionsOf(group);
  const requests = countOf(amounts, "requests");
  if (requests === "wrong") return { why: "requests: expected a count" };
  const read = side === "cost" ? costOf(amounts) : usageOf(amounts);
  return "why" in read ? read : { line: { dimensions, requests, ...read } };
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

/** Every text of a row under the API's own name; those of an object within it as `actor.type`. */
function dimensionsOf(group: JsonObject, prefix = ""): Readonly<Record<string, string>> {
  const found: [string, string][] = [];
  for (const [name, value] of Object.entries(group)) {
    if (prefix === "" && NOT_DIMENSIONS.has(name)) continue;
    if (typeof value === "string" && value !== "" && !OF_PEOPLE.has(name) && name !== "__proto__") {
      found.push([`${prefix}${name}`, value]);
    }
    const isNested = prefix === "" && isJsonObject(value) && name !== "cache_creation" && name !== "server_tool_use";
    if (isNested) found.push(...Object.entries(dimensionsOf(value, `${name}.`)));
  }
  return Object.fromEntries(found);
}
