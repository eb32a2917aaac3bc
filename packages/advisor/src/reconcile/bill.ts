import type { BillCostLine } from "@farthing/ledger";
import type { BillItem, ChargedItem, Dimension } from "./reconciliation.ts";

/** What reports call the dimensions. */
export const NAME_IN_REPORTS: Readonly<Record<Dimension, string>> = {
  model: "model",
  serviceTier: "service_tier",
  inferenceGeo: "inference_geo",
  speed: "speed",
  contextWindow: "context_window",
  apiKey: "api_key_id",
  workspace: "workspace_id",
};

const TOKEN_TYPES: ReadonlyMap<string, ChargedItem> = new Map<string, ChargedItem>([
  ["uncached_input_tokens", "uncachedInput"],
  ["cache_creation.ephemeral_5m_input_tokens", "cacheWrite5m"],
  ["cache_creation.ephemeral_1h_input_tokens", "cacheWrite1h"],
  ["cache_read_input_tokens", "cacheRead"],
  ["output_tokens", "output"],
]);

/** What a row of a cost report charges for. */
export function itemOfLine({ dimensions }: Pick<BillCostLine, "dimensions">): ChargedItem {
  if (dimensions["cost_type"] === "web_search") return "webSearch";
  if (dimensions["cost_type"] === "code_execution") return "codeExecution";
  return TOKEN_TYPES.get(dimensions["token_type"] ?? "") ?? "unnamed";
}

/** The same, but that what takes something off is of no usage. */
export function comparedItemOf(line: Pick<BillCostLine, "dimensions" | "billed">): BillItem {
  return line.billed < 0n ? "credit" : itemOfLine(line);
}
