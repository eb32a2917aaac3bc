import type { Instant, Money, TokenBuckets } from "@farthing/ledger";
import type { BillItem, Dimension, Slice } from "./reconciliation.ts";

/** A row of a cost or a usage report. */
export interface BillAmount extends Slice {
  /** As the report names them. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** After discounts; null in a usage report. */
  readonly usd: Money | null;
  /** Before discounts; null where it is not told. */
  readonly listUsd: Money | null;
  /** Null in a cost report. */
  readonly tokens: TokenBuckets | null;
  readonly webSearchRequests: number | null;
}

/** What one kind of report tells. */
export interface BillSide {
  readonly lines: readonly BillAmount[];
  /** The times it tells, those in which nothing was charged included. */
  readonly covered: readonly Slice[];
  /** Names of the dimensions by which its rows are told apart. */
  readonly groupedBy: readonly string[];
  readonly refreshedAt: Instant | null;
}

export interface Bill {
  readonly source: "analytics" | "admin";
  readonly cost: BillSide;
  /** Null where only amounts are known. */
  readonly usage: BillSide | null;
}

/** What reports call the dimensions. */
export const NAME_IN_REPORTS: Readonly<Record<Dimension, string>> = {
  model: "model",
  serviceTier: "service_tier",
  inferenceGeo: "inference_geo",
  speed: "speed",
  apiKey: "api_key_id",
  workspace: "workspace_id",
};

const TOKEN_TYPES: ReadonlyMap<string, BillItem> = new Map<string, BillItem>([
  ["uncached_input_tokens", "uncachedInput"],
  ["cache_creation.ephemeral_5m_input_tokens", "cacheWrite5m"],
  ["cache_creation.ephemeral_1h_input_tokens", "cacheWrite1h"],
  ["cache_read_input_tokens", "cacheRead"],
  ["output_tokens", "output"],
]);

/** What a row of a cost report charges for. */
export function itemOfLine({ dimensions }: BillAmount): BillItem {
  if (dimensions["cost_type"] === "web_search") return "webSearch";
  if (dimensions["cost_type"] === "code_execution") return "codeExecution";
  return TOKEN_TYPES.get(dimensions["token_type"] ?? "") ?? "unnamed";
}
