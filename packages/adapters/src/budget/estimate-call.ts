import { costOf, NO_TOKENS, type Instant, type PriceBook } from "@farthing/ledger";

/** Fewer characters than a token has on average, so that the estimate errs upwards. */
const CHARACTERS_PER_TOKEN = 3;
/** Deeper than any request goes; what is below is not counted. */
const LEVELS_MAX = 32;

/**
 * What a call may cost in picodollars while nothing but its request is known: all of its prompt as new input, and
 * as much output as it allows. 0 where that cannot be told.
 *
 * Looks at lengths alone, and keeps nothing.
 */
export function estimateCall(body: unknown, at: Instant, book: PriceBook): bigint {
  if (!isObject(body) || typeof body["model"] !== "string") return 0n;
  const { model, system, messages, tools, max_tokens: maxTokens } = body;
  const characters = charactersIn([system, messages, tools], 0);
  const tokens = {
    ...NO_TOKENS,
    uncachedInput: Math.ceil(characters / CHARACTERS_PER_TOKEN),
    output: typeof maxTokens === "number" && Number.isSafeInteger(maxTokens) && maxTokens > 0 ? maxTokens : 0,
  };
  const usage = {
    parts: [{ kind: "response" as const, iteration: null, model: null, tokens }],
    webSearchRequests: 0,
    serviceTier: "standard",
    inferenceGeo: null,
    speed: null,
    notes: [],
  };
  return costOf(usage, model, at, book).total ?? 0n;
}

function charactersIn(value: unknown, level: number): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null || level > LEVELS_MAX) return 0;
  // Images and documents are billed by what they show, not by the length of their encoding.
  if (isObject(value) && value["type"] === "base64") return 0;
  let characters = 0;
  for (const each of Object.values(value)) characters += charactersIn(each, level + 1);
  return characters;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
