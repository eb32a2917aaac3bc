import {
  convertUsage,
  type CostReported,
  InvalidUsageError,
  type ReportedModelCost,
  type Timestamp,
} from "@farthing/ledger";
import { decimalUsd } from "../import/decimal-usd.ts";
import { type JsonObject, isJsonObject, ownObject, ownValue } from "../ndjson/json-object.ts";
import { AGENT_SDK_SOURCE } from "./response-events.ts";
import type { ResultMessage } from "./sdk-message.ts";

/** What a turn's result says of cost, as an event; null where its amount is none. */
export function costReported(
  result: ResultMessage,
  { responses, session }: Pick<CostReported, "responses" | "session">,
  occurredAt: Timestamp,
): CostReported | null {
  const usd = decimalUsd(result.totalCostUsd);
  if (usd === null) return null;
  return {
    type: "CostReported",
    version: 1,
    id: `agent-sdk:${result.uuid}`,
    occurredAt,
    sources: [AGENT_SDK_SOURCE],
    usd,
    models: Object.entries(result.modelUsage ?? {}).flatMap(([model, use]) => modelCost(model, use, result) ?? []),
    responses: [...responses].sort(),
    session,
  };
}

function modelCost(model: string, use: unknown, result: ResultMessage): ReportedModelCost | null {
  if (model === "" || !isJsonObject(use)) return null;
  try {
    const { usage } = convertUsage(inFormOfApi(use, result));
    return { model, usd: decimalUsd(ownValue(use, "costUSD")), usage };
  } catch (error) {
    if (error instanceof InvalidUsageError) return null;
    throw error;
  }
}

/** The API's names for what the client counted. Which lifetime cache writes have is told by some versions alone. */
function inFormOfApi(use: JsonObject, { usage, modelUsage }: ResultMessage): JsonObject {
  const writes = ownValue(use, "cacheCreationInputTokens");
  const ownSplit = {
    ephemeral_5m_input_tokens: ownValue(use, "cacheCreationEphemeral5mInputTokens"),
    ephemeral_1h_input_tokens: ownValue(use, "cacheCreationEphemeral1hInputTokens"),
  };
  const isOnlyModel = Object.keys(modelUsage ?? {}).length === 1;
  const isSameAmount = usage !== null && ownValue(usage, "cache_creation_input_tokens") === writes;
  const threadSplit = isOnlyModel && isSameAmount ? ownObject(usage, "cache_creation") : null;
  const isSplit = Object.values(ownSplit).some((tokens) => tokens !== undefined);
  const searches = ownValue(use, "webSearchRequests");
  return {
    input_tokens: ownValue(use, "inputTokens"),
    output_tokens: ownValue(use, "outputTokens"),
    cache_read_input_tokens: ownValue(use, "cacheReadInputTokens"),
    cache_creation_input_tokens: writes,
    ...(isSplit ? { cache_creation: ownSplit } : threadSplit === null ? {} : { cache_creation: threadSplit }),
    ...(searches === undefined ? {} : { server_tool_use: { web_search_requests: searches } }),
  };
}
