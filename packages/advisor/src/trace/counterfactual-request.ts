import type { BilledUsage, Instant, Money } from "@farthing/ledger";
import { BATCH_HIT_SHARE } from "../cache/cache-rules.ts";
import { blockPrompt, recordedPrompt, type CounterfactualPrompt } from "./counterfactual-prompt.ts";
import type { TraceRequest } from "./trace.ts";

/** Which end of the stated uncertainties a replay assumes; `optimistic` is the one that saves more. */
export type Scenario = "pessimistic" | "expected" | "optimistic";

/** A request as a strategy may change it; everything else about it stays as recorded. */
export interface CounterfactualRequest {
  /** Place in the trace of the recorded request it stands for. */
  readonly origin: number;
  readonly startedAt: Instant;
  /** When its answer begins, and others can read what it writes. */
  readonly firstTokenAt: Instant;
  /** Decides price; any id the price book knows. */
  readonly model: string;
  /** When it is priced: as recorded, or today for a model that did not exist then. */
  readonly pricedAt: Instant;
  /** What besides the model decides the price, as a usage says it. */
  readonly terms: PriceTerms;
  readonly prompt: CounterfactualPrompt;
  readonly output: number;
  readonly webSearches: number;
  /**
   * Keeps the recorded charge for output, whatever the model: used where the recorded output is only a lower bound,
   * so that neither a saving nor a loss is computed from it.
   */
  readonly outputChargeKept: boolean;
  /**
   * Share of what a cache could serve that it does serve: 1 but for batches, where it is best effort, unless what they
   * read is on the bill.
   */
  readonly hitShare: number;
  /** True for one that a plan adds: nothing that was billed beside the recorded one belongs to it. */
  readonly added: boolean;
  /** Added to its cost, in picodollars: what a change must not claim, such as a price cut that came anyway. */
  readonly extraCharge: bigint;
}

type PriceTerms = Pick<BilledUsage, "serviceTier" | "speed" | "inferenceGeo">;

/** How the prompts of a replay are known: all of them block by block, or all by what was billed for them. */
export type PromptKnowledge = CounterfactualPrompt["kind"];

/**
 * The recorded request, unchanged; null where nothing of it can be changed: it has no prompt of its own, or it ran on
 * the prepaid priority tier, where using less costs no less.
 *
 * What a batch reads is best effort, so no rule predicts it. Where one was cached its bill is what is known of it, and
 * where none was, a change that starts caching finds the share of `BATCH_HIT_SHARE`.
 */
export function asRecorded(
  request: TraceRequest,
  index: number,
  knowledge: PromptKnowledge,
  scenario: Scenario = "expected",
): CounterfactualRequest | null {
  const { own, usage } = request;
  const isBatch = usage.serviceTier === "batch";
  const byBlock = knowledge === "blocks" && !(isBatch && wasCached(request));
  const prompt = (byBlock ? blockPrompt(request) : null) ?? recordedPrompt(request);
  if (own === null || prompt === null || usage.serviceTier === "priority") return null;
  const { serviceTier, speed, inferenceGeo } = usage;
  return {
    origin: index,
    startedAt: request.startedAt,
    firstTokenAt: request.firstTokenAt,
    model: request.model,
    pricedAt: request.occurredAt,
    terms: { serviceTier, speed, inferenceGeo },
    prompt,
    output: own.output,
    webSearches: usage.webSearchRequests,
    outputChargeKept: false,
    hitShare: isBatch && prompt.kind === "blocks" ? BATCH_HIT_SHARE[scenario] : 1,
    added: false,
    extraCharge: 0n,
  };
}

function wasCached({ own, prompt }: TraceRequest): boolean {
  return (
    (prompt?.breakpoints.length ?? 0) > 0 || (own !== null && own.cacheRead + own.cacheWrite5m + own.cacheWrite1h > 0)
  );
}

export interface RewriteContext {
  readonly recorded: TraceRequest;
  readonly scenario: Scenario;
}

/** What the output of answers comes to at the model that would have given them. */
export interface MovedAnswers {
  readonly output: Money;
  readonly tokens: number;
  readonly answers: number;
}

/** What a replay needs of a plan. */
export interface Rewriter {
  /** Set by plans that move `startedAt`: the replay then has to put requests in order again. */
  readonly movesStart?: true;
  /** `[]` drops the request, several replace it; `startedAt` may move. */
  rewrite(request: CounterfactualRequest, context: RewriteContext): readonly CounterfactualRequest[];
}
