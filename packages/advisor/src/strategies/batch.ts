import { BATCH_HIT_SHARE } from "../cache/cache-rules.ts";
import { NEARLY_ALL_SHARE, RARE_SHARE } from "../thresholds.ts";
import { blockPrompt, isCached, recordedPrompt, withLifetime } from "../trace/counterfactual-prompt.ts";
import type { PromptKnowledge } from "../trace/counterfactual-request.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { arrivesByMachine, hoursOfDay } from "./arrival.ts";
import { placeOf, startTimes } from "./cache-levers.ts";
import { percent, shareOf, unmet, type Criterion } from "./criteria.ts";
import { isDirect } from "./model-change.ts";
import { asksForMore, continuedInPrompts, precedingStep } from "./steps.ts";
import { asBilledBut } from "./recognition.ts";
import type { Plan, PlanOutcome, Situation, Strategy } from "./strategy.ts";

/**
 * Above this `max_tokens` the SDK refuses a request that does not stream, unless it sets a timeout of its own: there
 * streaming does not show that somebody reads along.
 *
 * Source: npm @anthropic-ai/sdk 1.12.0 `client.calculateNonstreamingTimeout`, checked 2026-11-22.
 */
const UNSTREAMED_TOKENS_MAX = 21_333;

/**
 * Sends requests through Message Batches, at half price, where nobody waits for the answers.
 *
 * Nobody waits where answers are not streamed by choice, no request had to wait for the answer to another, and requests
 * arrive as a machine sends them. Steps of agent loops and conversations are never batched.
 *
 * Cache hits are best effort in a batch, so whatever is cached, as recorded or by another change, is kept for an hour and
 * read to a share that the range covers. Nobody decides when its requests start, so no change to that holds in one.
 * That a batch starts its requests later than they came is not modelled beyond that.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/batch-processing, as stored in July 2026.
 */
export const batch: Strategy = {
  name: "batch",
  prepare(situation) {
    const requests = candidates(situation);
    if (requests.length === 0) return [];
    const single = singleRequests(situation, requests);
    const criteria = [
      streamingRecorded(requests),
      notStreamed(requests),
      nothingWaitedFor(requests, single),
      arrivesByMachine(requests.map(({ startedAt }) => startedAt)),
    ];
    return [unmet("batch", situation.workload, criteria) ?? planFor(situation, single)];
  },
  // A batch caches for another time, and finds what is cached less often: that is taken from before it.
  recognise: () => ({
    carries: ({ usage: { serviceTier } }) => serviceTier === "batch",
    without: asBilledBut({ terms: { serviceTier: "standard" }, prompt: "cached-as-before" }),
  }),
};

/** Requests to the API itself that a batch would take: clouds differ in whether they have batches. */
function candidates({ trace, members }: Situation): readonly TraceRequest[] {
  return members
    .map((index) => trace.requests[index])
    .filter((request) => request !== undefined)
    .filter((request) => request.own !== null && !request.fromClaudeCode && isDirect(request) && batchTakes(request));
}

/** Not what is in a batch already, nor fast mode, nor a request that only warms a cache. */
function batchTakes({ usage, shape }: TraceRequest): boolean {
  const tier = usage.serviceTier ?? "standard";
  return tier === "standard" && usage.speed !== "fast" && shape?.maxTokens !== 0;
}

/** Requests that waited for no answer, and whose answer no other waited for. */
function singleRequests({ trace, members }: Situation, requests: readonly TraceRequest[]): ReadonlySet<TraceRequest> {
  const steps = continuedInPrompts(trace, members);
  const single = new Set(requests.filter((request) => !asksForMore(request) && !steps.has(request)));
  for (const request of requests) {
    const previous = precedingStep(trace, request);
    if (previous === null) continue;
    single.delete(request);
    single.delete(previous);
  }
  return single;
}

function streamingRecorded(requests: readonly TraceRequest[]): Criterion {
  const share = shareOf(requests, ({ shape }) => (shape?.stream ?? null) !== null);
  return {
    reason: "streaming-not-recorded",
    met: share >= NEARLY_ALL_SHARE,
    observed: `whether answers are streamed is recorded of ${percent(share)}`,
    needed: percent(NEARLY_ALL_SHARE),
  };
}

function notStreamed(requests: readonly TraceRequest[]): Criterion {
  const share = shareOf(
    requests,
    ({ shape }) => shape?.stream === true && (shape.maxTokens ?? 0) <= UNSTREAMED_TOKENS_MAX,
  );
  return {
    reason: "streamed",
    met: share <= RARE_SHARE,
    observed: `${percent(share)} of answers are streamed by choice`,
    needed: `at most ${percent(RARE_SHARE)}`,
  };
}

function nothingWaitedFor(requests: readonly TraceRequest[], single: ReadonlySet<TraceRequest>): Criterion {
  const share = 1 - shareOf(requests, (request) => single.has(request));
  return {
    reason: "steps-wait",
    met: share <= RARE_SHARE,
    observed: `${percent(share)} are steps of a loop or a conversation`,
    needed: `at most ${percent(RARE_SHARE)}`,
  };
}

function planFor({ workload, knowledge }: Situation, single: ReadonlySet<TraceRequest>): Plan {
  const requests = [...single];
  const caching = cachingOf(requests, knowledge);
  return {
    strategy: "batch",
    workload,
    subject: "",
    title: titleFor(requests),
    lever: "code",
    risk: "later-answers",
    effort: "rework",
    change: changeFor(requests, caching),
    undo: "Send the requests one by one again; batches under way end, and are billed, as batches.",
    uncertainty: UNCERTAINTY[caching],
    needsReplay: caching === "cached",
    conflictGroup: startTimes(workload),
    rewrite: (request, { recorded, scenario }) => {
      if (!single.has(recorded) || request.terms.speed === "fast") return [request];
      const { startedAt, firstTokenAt } = recorded;
      const batched = { ...request, startedAt, firstTokenAt, terms: { ...request.terms, serviceTier: "batch" } };
      if (!isCached(request.prompt)) return [batched];
      const hitShare = request.hitShare * BATCH_HIT_SHARE[scenario];
      return [{ ...batched, prompt: withLifetime(request.prompt, "1h"), hitShare }];
    },
    breakEven: (outcome) =>
      ["right only if nobody waits for the answers", caching === "cached" ? hitsNeeded(outcome) : null]
        .filter((part) => part !== null)
        .join("; "),
  };
}

/** Whether requests are cached so far, or could be by another change: that takes prompts known block by block. */
type Caching = "cached" | "cacheable" | "none";

const UNCERTAINTY: Readonly<Record<Caching, string>> = {
  cached: "cache hits in a batch are best effort: 30-98 % of what they could be",
  cacheable:
    "none beyond the days themselves: every token costs half; cache hits of what another change caches are best effort " +
    "in a batch, 30-98 % of what they could be",
  none: "none beyond the days themselves: every token costs half",
};

const LIFETIME_WORDS: Readonly<Record<Caching, string>> = {
  cached: ' Set cache_control to {"type": "ephemeral", "ttl": "1h"} on every breakpoint.',
  cacheable: ' Where another change adds a breakpoint, set its cache_control to {"type": "ephemeral", "ttl": "1h"}.',
  none: "",
};

function cachingOf(requests: readonly TraceRequest[], knowledge: PromptKnowledge): Caching {
  const cached = requests.some((request) => {
    const prompt = (knowledge === "blocks" ? blockPrompt(request) : null) ?? recordedPrompt(request);
    return prompt !== null && isCached(prompt);
  });
  return cached ? "cached" : knowledge === "blocks" ? "cacheable" : "none";
}

function titleFor(requests: readonly TraceRequest[]): string {
  const hours = hoursOfDay(requests.map(({ startedAt }) => startedAt));
  return hours === null ? "Batches; nobody waits" : `Batches, ${hours}`;
}

function changeFor(requests: readonly TraceRequest[], caching: Caching): string {
  const [first] = requests;
  const place = first === undefined ? "" : placeOf(first);
  return (
    `In ${place}, collect requests and send them with client.messages.batches.create, at half price. ` +
    "Most batches end within an hour, all within 24; what has not run by then expires unbilled, so send it again. " +
    "Results come in any order, by custom_id, and are kept for 29 days; requests cannot stream." +
    LIFETIME_WORDS[caching]
  );
}

/** How far cache hits may fall before a batch saves nothing; between two shares its cost is a straight line. */
function hitsNeeded({ saving, pessimisticSaving }: PlanOutcome): string {
  const { pessimistic, expected } = BATCH_HIT_SHARE;
  const perShare = Number(saving - pessimisticSaving) / (expected - pessimistic);
  const needed = perShare <= 0 ? 0 : expected - Number(saving) / perShare;
  return needed <= 0
    ? "saves even without a cache hit"
    : `saves until cache hits fall to ${percent(needed)} of today's`;
}
