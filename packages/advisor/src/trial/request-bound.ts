import {
  NO_TOKENS,
  totalCostOf,
  type Instant,
  type Money,
  type PriceBook,
  type PricedUsage,
  type TokenBucket,
  type TokenBuckets,
  ZERO,
} from "@farthing/ledger";
import { isFields, type RequestParams } from "./sample.ts";

/** Why there is no limit to what a request can cost. */
export type UnboundedReason =
  | "no-price"
  | "prompt-not-counted"
  | "parameter-not-bounded"
  | "tool-not-bounded"
  | "output-not-bounded";

export type RequestBound =
  | { readonly usd: Money; readonly reason: null }
  | { readonly usd: null; readonly reason: UnboundedReason };

/** When a request is sent, and at what prices. */
export interface BoundTerms {
  readonly at: Instant;
  readonly book: PriceBook;
}

/**
 * What the counting endpoint may be off by: it estimates. By how much is not published: an assumption, and a wide one.
 *
 * Source: Claude API documentation, token counting; collected 2026-11-22.
 */
const COUNT_ERROR = 0.05;
const COUNT_ERROR_TOKENS = 100;

/** What the API may say to a model besides the request, of tools above all: an assumption, about twice of what was seen. */
const API_TOKENS_MAX = 1_000;

/** Parameters that decide nothing of the cost beyond the prompt, the output they allow, and the terms priced below. */
const BOUNDED: ReadonlySet<string> = new Set([
  "cache_control",
  "inference_geo",
  "max_tokens",
  "messages",
  "metadata",
  "model",
  "output_config",
  "service_tier",
  "speed",
  "stop_sequences",
  "stream",
  "system",
  "temperature",
  "thinking",
  "tool_choice",
  "tools",
  "top_k",
  "top_p",
]);

/** Tools that a client runs; all others of the API's own can go on asking the model by themselves. */
const CLIENT_TOOLS: readonly string[] = ["custom", "bash_", "computer_", "memory_", "text_editor_"];

/**
 * The most that a request can cost: its whole prompt at the dearest way it may be billed, and all the output it allows.
 *
 * @param counted Prompt tokens as the counting endpoint says; null takes a limit from the bytes of the prompt instead, which
 * there is only where all of it is text.
 */
export function requestBound(params: RequestParams, counted: number | null, terms: BoundTerms): RequestBound {
  const { model, max_tokens: output } = params;
  if (typeof output !== "number" || !Number.isSafeInteger(output) || output < 0) return unbounded("output-not-bounded");
  if (!Object.keys(params).every((name) => BOUNDED.has(name))) return unbounded("parameter-not-bounded");
  if (!toolsOf(params).every(isClientTool)) return unbounded("tool-not-bounded");
  const prompt = counted === null ? promptBytes(params) : withError(counted);
  if (prompt === null) return unbounded("prompt-not-counted");
  const costsIn = (geo: string | null): readonly (Money | null)[] =>
    bucketsOf(params).map((bucket) => {
      const usage = usageOf(params, { geo, tokens: { ...NO_TOKENS, [bucket]: prompt, output } });
      return totalCostOf(usage, String(model), terms.at, terms.book);
    });
  const geo = textOrNull(params["inference_geo"]);
  const costs = costsIn(geo);
  const known = costs.filter((cost) => cost !== null);
  if (known.length < costs.length) return unbounded("no-price");
  // Not every model has a price there, and one that has none is not billed there.
  const byDefault = isSaid(geo) ? [] : costsIn(DEAREST_GEO).filter((cost) => cost !== null);
  return { usd: [...known, ...byDefault].reduce(dearer, ZERO), reason: null };
}

/**
 * Where a workspace may have its requests answered by default, at a premium; a request that names no place does not say.
 *
 * Source: https://platform.claude.com/docs/en/about-claude/pricing, checked 2026-09-26.
 */
const DEAREST_GEO = "us";

function isSaid(geo: string | null): boolean {
  return geo !== null && geo !== "";
}

function unbounded(reason: UnboundedReason): RequestBound {
  return { usd: null, reason };
}

function dearer(a: Money, b: Money): Money {
  return a > b ? a : b;
}

function withError(counted: number): number {
  return Math.ceil(counted * (1 + COUNT_ERROR)) + COUNT_ERROR_TOKENS;
}

/** How the prompt may be billed: as new, and written to a cache where it is marked so. */
function bucketsOf(params: RequestParams): readonly TokenBucket[] {
  const marks = valuesNamed(params, "cache_control");
  if (marks.length === 0) return ["uncachedInput"];
  const hour = marks.some((mark) => isFields(mark) && mark["ttl"] === "1h");
  return hour ? ["uncachedInput", "cacheWrite5m", "cacheWrite1h"] : ["uncachedInput", "cacheWrite5m"];
}

interface Billed {
  readonly geo: string | null;
  readonly tokens: TokenBuckets;
}

function usageOf(params: RequestParams, { geo, tokens }: Billed): PricedUsage {
  return {
    parts: [{ kind: "response", iteration: null, model: null, tokens }],
    webSearchRequests: 0,
    serviceTier: "standard",
    inferenceGeo: geo,
    speed: textOrNull(params["speed"]),
    notes: [],
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function toolsOf({ tools }: RequestParams): readonly unknown[] {
  return Array.isArray(tools) ? tools : [];
}

function isClientTool(tool: unknown): boolean {
  const type = isFields(tool) ? (tool["type"] ?? "custom") : null;
  return typeof type === "string" && CLIENT_TOOLS.some((name) => type.startsWith(name));
}

/**
 * A token is at least a byte, so that there are no more of them than bytes of the prompt as JSON; the form of an answer is
 * told twice. Null where something of it is not text, or is a tool that the API describes itself.
 */
function promptBytes(params: RequestParams): number | null {
  const { system, messages, tools, tool_choice: choice, output_config: config } = params;
  const hasMedia = valuesNamed(messages, "type").some((type) => type === "image" || type === "document");
  const isDescribed = toolsOf(params).every((tool) => isFields(tool) && (tool["type"] ?? "custom") === "custom");
  if (hasMedia || !isDescribed) return null;
  const text = JSON.stringify([system, messages, tools, choice, config, config]);
  return new TextEncoder().encode(text).length + API_TOKENS_MAX;
}

/** The values of a name, at any depth. */
function valuesNamed(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesNamed(item, name));
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === name ? [inner] : []),
    ...valuesNamed(inner, name),
  ]);
}
