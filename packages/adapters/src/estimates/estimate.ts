import { digestPrompt } from "../prompts/index.ts";
import { cacheSplit } from "./cache-split.ts";
import { countTokens } from "./count-tokens.ts";
import type { Estimate, EstimateOptions } from "./estimate-api.ts";
import { outputRange } from "./output-range.ts";
import { priceRange } from "./price-range.ts";
import { promptRange } from "./prompt-range.ts";
import { rememberedHistory } from "./remembered-history.ts";
import { requestEstimated } from "./request-estimated.ts";

/**
 * What a request would cost, before it is sent: it is not sent, and nothing of its text is kept.
 *
 * Recorded as `RequestEstimated`, with the hash of the prompt: of the same prompt, it can be held against what was billed.
 *
 * @param params As `messages.create` takes them.
 * @throws TypeError for parameters that name no model.
 */
export async function estimate(params: object, options: EstimateOptions = {}): Promise<Estimate> {
  const { client = null, ledger = null, where = [], batch = false, now = Date.now } = options;
  const fields = params as Readonly<Record<string, unknown>>;
  const { model } = fields;
  if (typeof model !== "string" || model === "") throw new TypeError("an estimate needs parameters with a model");
  const digest = digestPrompt(params);
  const [counted, { requests, book }] = await Promise.all([
    client === null ? null : countTokens(fields, client),
    rememberedHistory(ledger, model, where, now()),
  ]);
  const { basis, tokens: prompt } = promptRange(digest, counted, requests);
  const output = outputRange(countOrNull(fields["max_tokens"]), requests);
  const { usd, reason } = priceRange(
    { prompt, output, split: cacheSplit(digest, model, requests), isCounted: basis === "counted" },
    {
      model,
      serviceTier: batch ? "batch" : "standard",
      speed: textOrNull(fields["speed"]),
      inferenceGeo: textOrNull(fields["inference_geo"]),
      at: now(),
      book,
    },
  );
  const said = { model, basis, promptTokens: prompt, outputTokens: output, usd, reason };
  const sink = options.sink ?? (ledger?.mode === "read" ? null : ledger);
  return { ...said, id: await requestEstimated(said, digest, sink, options) };
}

function countOrNull(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
