import { convertUsage, costOf, subtract, sum, type Money, type PriceBook } from "@farthing/ledger";
import { billingOracle } from "./billing-oracle.ts";
import type { ExampleServiceName } from "./example-service.ts";
import { EXAMPLE_SEED, exampleTraffic } from "./example-traffic.ts";
import { apiUsage } from "./api-usage.ts";
import type { TrueRequest } from "./true-request.ts";

/** A change to a service, by the name of the strategy that advises it. */
export type ExampleChange =
  | { readonly strategy: "stop-caching" | "cache-ttl-5m" | "cache-ttl-1h" | "batch" }
  /** Both models count the same text as the same tokens, and answer at the same length. */
  | { readonly strategy: "newer-model" | "cheaper-model"; readonly from: string; readonly to: string };

/**
 * The right advice for every service. Of changes that exclude one another it is the best; every other change would cost
 * more, or save too little to be worth a line.
 */
export const EXAMPLE_TRUTH: Readonly<Record<ExampleServiceName, readonly ExampleChange[]>> = {
  "rag-answers": [
    { strategy: "stop-caching" },
    { strategy: "newer-model", from: "claude-opus-4-8", to: "claude-opus-5-5" },
  ],
  "support-chat": [{ strategy: "newer-model", from: "claude-opus-5", to: "claude-opus-5-5" }],
  "code-agent": [],
  "nightly-digest": [
    { strategy: "batch" },
    { strategy: "newer-model", from: "claude-opus-4-8", to: "claude-opus-5-5" },
  ],
  "doc-review": [{ strategy: "cache-ttl-1h" }],
  "ticket-search": [{ strategy: "cache-ttl-5m" }],
  "invoice-extract": [],
  "doc-extract": [],
};

/**
 * What a service's thirty days would have cost less with these changes made together; negative where they cost more.
 *
 * Nothing is estimated: the changed requests are sent again, at the same times, to the billing oracle. Responses
 * without a price are left out on both sides.
 */
export function trueSaving(
  service: ExampleServiceName,
  changes: readonly ExampleChange[],
  book: PriceBook,
  seed: number = EXAMPLE_SEED,
): Money {
  const requests = exampleTraffic(seed, service).map(({ request }) => request);
  const changed = requests.map((request) => changes.reduce(applyChange, request));
  return subtract(billedCost(requests, book), billedCost(changed, book));
}

function billedCost(requests: readonly TrueRequest[], book: PriceBook): Money {
  const bill = billingOracle();
  const costs: Money[] = [];
  for (const request of requests) {
    const { usage } = convertUsage(apiUsage(request, bill(request)));
    const { total } = costOf(usage, request.model, request.completedAt, book);
    if (total !== null) costs.push(total);
  }
  return sum(costs);
}

function applyChange(request: TrueRequest, change: ExampleChange): TrueRequest {
  switch (change.strategy) {
    case "newer-model":
    case "cheaper-model":
      return request.model === change.from ? { ...request, model: change.to } : request;
    case "batch":
      return inBatch(request);
    case "stop-caching":
      return withBreakpoints(request, null);
    case "cache-ttl-5m":
      return withBreakpoints(request, "5m");
    case "cache-ttl-1h":
      return withBreakpoints(request, "1h");
    default:
      throw new TypeError(`no such change: ${String(change satisfies never)}`);
  }
}

/** Only of uncached prompts is it known what they cost in a batch: how much of a cache it reads is best effort. */
function inBatch(request: TrueRequest): TrueRequest {
  if (request.prompt.some(({ breakpoint }) => breakpoint !== null)) {
    throw new RangeError("what a batch reads from the cache is not known");
  }
  return { ...request, batched: true };
}

/** Gives every breakpoint this lifetime, or takes them away. */
function withBreakpoints(request: TrueRequest, breakpoint: "5m" | "1h" | null): TrueRequest {
  return {
    ...request,
    prompt: request.prompt.map((segment) => (segment.breakpoint === null ? segment : { ...segment, breakpoint })),
  };
}
