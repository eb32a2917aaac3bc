import { NO_CONTEXT } from "../events/call.ts";
import { canonicalJson } from "../events/canonical.ts";
import type { RequestFailed, ResponseRecorded, RolledUpPart, UsageRolledUp } from "../events/event.ts";
import { isLabelToken } from "../events/label-token.ts";
import type { PriceBook } from "../pricing/price-book.ts";
import { changesOf, limitsOf } from "../pricing/price-schedule.ts";
import { compareTexts } from "../text-order.ts";
import { addTokens, promptTokens, TOKEN_BUCKETS, totalTokens, type UsagePart } from "../usage/usage.ts";

/** Hours, days and months of every time zone begin at whole quarters of an hour. */
const QUARTER_MS = 900_000;

/** Prompt lengths at which prices might change one day, so that such a price is right for what is pruned before. */
const LIKELY_LIMITS: readonly number[] = [
  32_000, 64_000, 100_000, 128_000, 200_000, 256_000, 400_000, 500_000, 1_000_000,
];

type Sum = Omit<UsageRolledUp, "id" | "sources"> & { readonly sources: readonly string[] };

/**
 * Adds up requests so that no price this release knows, and no dimension that is kept, tells those of one sum apart.
 *
 * Kept are model, service, workspace, project, release, environment, source and every label that is not personal. Dropped are
 * session, agent, branch, host, client version and call site, all ids, and what only the advisor reads.
 */
export class RollUp {
  readonly #changes: readonly number[];
  readonly #limits: readonly number[];
  readonly #personalLabels: ReadonlySet<string>;
  readonly #sums = new Map<string, Sum>();
  /** How many requests were added. */
  requests: number = 0;
  /** How many sums were taken. */
  taken: number = 0;

  /** @param book Of the ledger: with every `PriceSet`. */
  constructor(book: PriceBook, personalLabels: readonly string[]) {
    this.#changes = distinct(book.cards.flatMap(changesOf));
    this.#limits = distinct([...LIKELY_LIMITS, ...book.cards.flatMap(limitsOf)]);
    this.#personalLabels = new Set(personalLabels);
  }

  add(request: ResponseRecorded | RequestFailed): void {
    const one = request.type === "RequestFailed" ? this.#ofFailure(request) : this.#ofResponse(request);
    this.requests += 1;
    // A sum that no number can hold exactly is continued in another.
    for (let key = this.#keyOf(one); ; key += "+") {
      const held = this.#sums.get(key);
      const sum = held === undefined ? one : together(held, one);
      if (!isExact(sum)) continue;
      this.#sums.set(key, sum);
      return;
    }
  }

  /** Sums that have not been taken. */
  get size(): number {
    return this.#sums.size;
  }

  /**
   * Takes the sums, in order of time. What is added afterwards goes into new ones, of which some may then be alike.
   *
   * @param name Makes their ids, and must be new.
   */
  take(name: string): readonly UsageRolledUp[] {
    const inOrder = [...this.#sums].sort(
      ([keyA, a], [keyB, b]) => compareTexts(a.occurredAt, b.occurredAt) || compareTexts(keyA, keyB),
    );
    this.#sums.clear();
    return inOrder.map(([, sum]) => {
      this.taken += 1;
      return { ...sum, id: `rollup:${name}/${String(this.taken)}` };
    });
  }

  #ofResponse(response: ResponseRecorded): Sum {
    const { usage } = response;
    return {
      ...this.#shared(response),
      outcome: "response",
      model: response.servedModel,
      billedTo: response.billedTo,
      output: response.output,
      cost: null,
      serviceTier: usage.serviceTier,
      inferenceGeo: usage.inferenceGeo,
      speed: usage.speed,
      notes: [...usage.notes].sort(),
      parts: usage.parts.map(rolledUpPart),
      longestPrompt: promptTokens(totalTokens(usage)),
      thinkingTokens: usage.thinkingTokens ?? 0,
      webSearchRequests: usage.webSearchRequests,
      webFetchRequests: usage.webFetchRequests,
    };
  }

  #ofFailure(failure: RequestFailed): Sum {
    return {
      ...this.#shared(failure),
      outcome: "failure",
      model: failure.requestedModel,
      billedTo: "self",
      output: "final",
      cost: failure.cost,
      serviceTier: null,
      inferenceGeo: null,
      speed: null,
      notes: [],
      parts: [],
      longestPrompt: 0,
      thinkingTokens: 0,
      webSearchRequests: 0,
      webFetchRequests: 0,
    };
  }

  #shared(
    request: ResponseRecorded | RequestFailed,
  ): Pick<
    Sum,
    | "type"
    | "version"
    | "occurredAt"
    | "firstAt"
    | "sources"
    | "requests"
    | "startEstimated"
    | "context"
    | "workspace"
    | "labels"
  > {
    const { occurredAt, sources, context, ids, labels, timing } = request;
    const { project, service, release, environment } = context;
    return {
      type: "UsageRolledUp",
      version: 1,
      occurredAt,
      firstAt: occurredAt,
      sources,
      requests: 1,
      startEstimated: timing.startedAtProvenance !== "reported",
      context: { ...NO_CONTEXT, project, service, release, environment },
      workspace: ids.workspace,
      labels: Object.fromEntries(
        Object.entries(labels).filter(([name, value]) => !this.#personalLabels.has(name) && !isLabelToken(value)),
      ),
    };
  }

  /** Equal for what may be added up. */
  #keyOf(one: Sum): string {
    const at = Date.parse(one.occurredAt);
    return canonicalJson([
      Math.floor(at / QUARTER_MS),
      this.#changes.filter((change) => change <= at).length,
      one.parts.map(({ kind, model, tokens, longestPrompt }) => [
        kind,
        model,
        this.#lengthClass(longestPrompt),
        // A kind of token can be without a price, and then the request that used it is.
        TOKEN_BUCKETS.filter((bucket) => tokens[bucket] > 0),
      ]),
      this.#lengthClass(one.longestPrompt),
      { ...one, ...NOT_IN_KEYS },
    ]);
  }

  #lengthClass(prompt: number): number {
    return this.#limits.filter((limit) => prompt > limit).length;
  }
}

/** What is added up, or is in a key in another form. */
const NOT_IN_KEYS = {
  occurredAt: "",
  firstAt: "",
  requests: 0,
  parts: [],
  longestPrompt: 0,
  thinkingTokens: 0,
  webSearchRequests: 0,
  webFetchRequests: 0,
};

function rolledUpPart({ kind, model, tokens }: UsagePart): RolledUpPart {
  return { kind, model, tokens, longestPrompt: promptTokens(tokens) };
}

function together(a: Sum, b: Sum): Sum {
  return {
    ...a,
    occurredAt: a.occurredAt > b.occurredAt ? a.occurredAt : b.occurredAt,
    firstAt: a.firstAt < b.firstAt ? a.firstAt : b.firstAt,
    requests: a.requests + b.requests,
    parts: a.parts.map((part, index) => partsTogether(part, b.parts[index] ?? part)),
    longestPrompt: Math.max(a.longestPrompt, b.longestPrompt),
    thinkingTokens: a.thinkingTokens + b.thinkingTokens,
    webSearchRequests: a.webSearchRequests + b.webSearchRequests,
    webFetchRequests: a.webFetchRequests + b.webFetchRequests,
  };
}

function isExact({ parts, thinkingTokens, webSearchRequests, webFetchRequests }: Sum): boolean {
  const counts = parts.flatMap(({ tokens }) => TOKEN_BUCKETS.map((bucket) => tokens[bucket]));
  return [...counts, thinkingTokens, webSearchRequests, webFetchRequests].every(Number.isSafeInteger);
}

function partsTogether(a: RolledUpPart, b: RolledUpPart): RolledUpPart {
  return {
    ...a,
    tokens: addTokens(a.tokens, b.tokens),
    longestPrompt: Math.max(a.longestPrompt, b.longestPrompt),
  };
}

function distinct(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
