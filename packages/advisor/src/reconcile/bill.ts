import type { BillCostLine, BillSide, BillUsageLine } from "@farthing/ledger";
import type { BillItem, Dimension } from "./reconciliation.ts";

const DAY_MS = 86_400_000;

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
export function itemOfLine({ dimensions }: Pick<BillCostLine, "dimensions">): BillItem {
  if (dimensions["cost_type"] === "web_search") return "webSearch";
  if (dimensions["cost_type"] === "code_execution") return "codeExecution";
  return TOKEN_TYPES.get(dimensions["token_type"] ?? "") ?? "unnamed";
}

/**
 * Whether a side of the bill tells its lines apart by a dimension: some line of every day has it. A line that has it not
 * is then of what the bill leaves unnamed, such as the default workspace.
 */
export function isTold({ lines }: BillSide<BillCostLine | BillUsageLine>, name: string): boolean {
  const dayOf = ({ from }: { readonly from: number }): number => Math.floor(from / DAY_MS);
  const told = new Set(lines.filter(({ dimensions }) => dimensions[name] !== undefined).map(dayOf));
  return told.size > 0 && lines.every((line) => told.has(dayOf(line)));
}
