import type { Random } from "./chance.ts";
import type { Knobs } from "./knobs.ts";
import { answerTimes, tokensOf, type TrueRequest } from "./true-request.ts";

const SECOND_MS = 1000;
/** An answer of so many tokens more would have fitted. */
const ENOUGH = 2;

/** What is really sent where a request was meant: cut short, left, and sent again. */
export function withMishaps(request: TrueRequest, knobs: Knobs, random: Random): readonly TrueRequest[] {
  if (request.outputTokens > knobs.maxTokens) return truncated(request, random);
  if (random.chance(knobs.retriedShare)) return retried(request, random);
  if (random.chance(knobs.abandonedShare)) return [left(request, random)];
  if (random.chance(knobs.duplicateShare)) return duplicated(request, random);
  return [request];
}

/** Cut off at the limit, then asked for again with more room. */
function truncated(request: TrueRequest, random: Random): readonly TrueRequest[] {
  const cut: TrueRequest = {
    ...request,
    id: `${request.id} cut`,
    ...answerTimes(request.startedAt, tokensOf(request.blocks), request.maxTokens),
    outputTokens: request.maxTokens,
    thinkingTokens: Math.min(request.thinkingTokens, request.maxTokens),
    stopReason: "max_tokens",
    needless: "truncated",
  };
  const again = restarted(request, cut.completedAt + random.between(1, 5) * SECOND_MS);
  return [cut, { ...again, maxTokens: request.outputTokens * ENOUGH }];
}

/** Left before its end, and sent again from the beginning. */
function retried(request: TrueRequest, random: Random): readonly TrueRequest[] {
  const first: TrueRequest = { ...left(request, random), id: `${request.id} left`, needless: "retried" };
  return [first, { ...restarted(request, first.completedAt + random.between(1, 5) * SECOND_MS), attempt: 1 }];
}

/** Its reader leaves it; what had been generated until then is billed. */
function left(request: TrueRequest, random: Random): TrueRequest {
  const outputTokens = Math.max(1, Math.round(request.outputTokens * (0.3 + 0.6 * random.next())));
  return {
    ...request,
    ...answerTimes(request.startedAt, tokensOf(request.blocks), outputTokens),
    outputTokens,
    thinkingTokens: Math.min(request.thinkingTokens, outputTokens),
    completed: false,
  };
}

/** Answered, and sent again by mistake. */
function duplicated(request: TrueRequest, random: Random): readonly TrueRequest[] {
  const again = restarted(request, request.completedAt + random.between(5, 1_800) * SECOND_MS);
  return [request, { ...again, id: `${request.id} again`, needless: "duplicate" }];
}

function restarted(request: TrueRequest, at: number): TrueRequest {
  return { ...request, ...answerTimes(at, tokensOf(request.blocks), request.outputTokens) };
}
