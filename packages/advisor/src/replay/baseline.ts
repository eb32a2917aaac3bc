import {
  money,
  promptTokens,
  ratio,
  totalCostOf,
  ZERO,
  type BilledUsage,
  type Money,
  type PriceBook,
  type TokenBuckets,
} from "@farthing/ledger";
import type { PromptBill } from "../cache/prompt-blocks.ts";
import {
  REPLAY_DIFFERENCES_LIMIT,
  REPLAY_GAP_LIMIT,
  RESENT_TOKENS_MIN,
  UNEXPLAINED_STEPS_LIMIT,
} from "../thresholds.ts";
import { asRecorded, type CounterfactualRequest, type PromptKnowledge } from "../trace/counterfactual-request.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { ReplayedCaches } from "./replayed-caches.ts";
import type { Replayable } from "./replay.ts";

/**
 * How well the caching rules alone reproduce a workload's bill.
 *
 * The same cache that judges changes predicts what every request reads and writes. Requests that break the rules for a
 * reason the record does not hold are counted apart, with their own limit.
 */
export interface ReplayGap {
  readonly workload: string;
  readonly knowledge: PromptKnowledge;
  /** Requests whose reads were predicted. */
  readonly steps: number;
  /** Steps whose predicted reads equal the billed ones to the token. */
  readonly exactSteps: number;
  /** Requests that did not read a prefix which had to be alive, and nothing says why: missed on the API's side. */
  readonly unexplainedSteps: number;
  /** What these came to more than predicted. */
  readonly unexplained: Money;
  readonly predicted: Money;
  readonly billed: Money;
  /** (predicted - billed) / billed; null where there is no step to predict. */
  readonly gap: number | null;
  /** What single steps differ by from the bill, up or down, added up. */
  readonly differences: Money;
  /** Tokens read and written by the steps. */
  readonly reads: Compared;
  readonly writes: Compared;
}

/** A number of tokens by the rules, and by the bill. */
interface Compared {
  readonly predicted: number;
  readonly billed: number;
}

export function replayGap(subject: Replayable, workload: string, book: PriceBook): ReplayGap {
  const sums = new GapSums();
  const caches = new ReplayedCaches();
  const members = new Set(subject.members);
  for (const index of inOrder(subject)) {
    const recorded = subject.trace.requests[index];
    if (recorded === undefined) continue;
    const request = byRulesAlone(recorded, asRecorded(recorded, index, subject.knowledge));
    const bill = request === null ? null : caches.bill(recorded, request);
    if (members.has(index)) sums.add(recorded, isPredicted(recorded, request) ? bill : null, book);
  }
  return sums.result(workload, subject.knowledge);
}

/** Whether the rules explain a workload well enough for advice that rests on predicted reads. */
export function reproducesBill(replayed: ReplayGap): boolean {
  return (
    replayed.gap !== null &&
    Math.abs(replayed.gap) <= REPLAY_GAP_LIMIT &&
    ratio(replayed.differences, replayed.billed) <= REPLAY_DIFFERENCES_LIMIT &&
    unexplainedShare(replayed) <= UNEXPLAINED_STEPS_LIMIT
  );
}

/** Steps that no rule explains, of all that continue a recorded one. */
export function unexplainedShare({ steps, unexplainedSteps }: ReplayGap): number {
  return unexplainedSteps === 0 ? 0 : unexplainedSteps / (steps + unexplainedSteps);
}

/** Members and neighbours in order of their start. */
function inOrder({ members, neighbours }: Replayable): readonly number[] {
  return neighbours.length === 0 ? members : [...members, ...neighbours].sort((a, b) => a - b);
}

/** Without what recorded reads have shown: a step reads all that the one before it cached, and a first one what it read. */
function byRulesAlone(recorded: TraceRequest, request: CounterfactualRequest | null): CounterfactualRequest | null {
  if (request === null || request.prompt.kind === "blocks") return request;
  const { previous, cacheable } = request.prompt;
  const sharedRead = previous === null ? (recorded.own?.cacheRead ?? 0) : 0;
  return { ...request, prompt: { ...request.prompt, reusable: cacheable, sharedRead } };
}

/** Whether there is something to predict: without fingerprints only what continues a recorded request. */
function isPredicted(recorded: TraceRequest, request: CounterfactualRequest | null): boolean {
  if (request === null) return false;
  // The API itself has said why it was missed.
  if (recorded.prefix.miss?.cause === "diagnosed") return false;
  // What a batch finds is best effort.
  if (recorded.usage.serviceTier === "batch") return false;
  return request.prompt.kind === "blocks"
    ? request.prompt.breakpoints.length > 0
    : recorded.prefix.previous !== null && recorded.prefix.cacheable > 0;
}

class GapSums {
  #steps = 0;
  #exactSteps = 0;
  #unexplainedSteps = 0;
  #unexplained = 0n;
  #predicted = 0n;
  #billed = 0n;
  #differences = 0n;
  readonly #reads = { predicted: 0, billed: 0 };
  readonly #writes = { predicted: 0, billed: 0 };

  /** @param bill Null where there is nothing to predict. */
  add(request: TraceRequest, bill: PromptBill | null, book: PriceBook): void {
    const { own } = request;
    const billed = request.billed.total;
    if (billed === null) return;
    this.#billed += billed;
    const predicted = bill === null || own === null ? billed : (costWith(request, { ...own, ...bill }, book) ?? billed);
    if (bill === null || own === null) {
      this.#predicted += billed;
    } else if (isUnexplained(request, own, bill)) {
      this.#unexplainedSteps += 1;
      this.#unexplained += billed - predicted;
      this.#predicted += billed;
    } else {
      this.#steps += 1;
      if (bill.cacheRead === own.cacheRead) this.#exactSteps += 1;
      this.#predicted += predicted;
      this.#differences += predicted > billed ? predicted - billed : billed - predicted;
      this.#reads.predicted += bill.cacheRead;
      this.#reads.billed += own.cacheRead;
      this.#writes.predicted += bill.cacheWrite5m + bill.cacheWrite1h;
      this.#writes.billed += own.cacheWrite5m + own.cacheWrite1h;
    }
  }

  result(workload: string, knowledge: PromptKnowledge): ReplayGap {
    const [unexplained, predicted, billed] = [money(this.#unexplained), money(this.#predicted), money(this.#billed)];
    return {
      workload,
      knowledge,
      steps: this.#steps,
      exactSteps: this.#exactSteps,
      unexplainedSteps: this.#unexplainedSteps,
      unexplained,
      predicted,
      billed,
      differences: money(this.#differences),
      gap: this.#steps === 0 ? null : ratio(money(predicted - billed), billed),
      reads: { ...this.#reads },
      writes: { ...this.#writes },
    };
  }
}

function isUnexplained({ prefix: { miss }, prompt }: TraceRequest, own: TokenBuckets, bill: PromptBill): boolean {
  if (prompt === null) return miss !== null && (miss.cause === "not-recorded" || miss.cause === "context-replaced");
  return bill.cacheRead - own.cacheRead >= Math.max(RESENT_TOKENS_MIN, promptTokens(own) / 2);
}

function costWith(request: TraceRequest, tokens: TokenBuckets, book: PriceBook): Money | null {
  if (request.own === null) return ZERO;
  return totalCostOf(withOwnTokens(request.usage, tokens), request.model, request.occurredAt, book);
}

/** A usage whose answer to the request itself used other tokens; everything else stays. */
function withOwnTokens(usage: BilledUsage, tokens: TokenBuckets): BilledUsage {
  return { ...usage, parts: usage.parts.map((part) => (part.kind === "response" ? { ...part, tokens } : part)) };
}
