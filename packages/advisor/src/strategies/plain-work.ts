import { NEARLY_ALL_SHARE, RARE_SHARE, type PlainWork } from "../thresholds.ts";
import type { Trace, TraceRequest } from "../trace/trace.ts";
import { percent, shareOf, type Criterion } from "./criteria.ts";
import { asksForMore, precedingStep } from "./steps.ts";
import { thinkingShare, thinksUnknownAmount } from "./thinking-tokens.ts";

/** What shows that work is plain enough for a model of a cheaper line, criterion by criterion. */
export function plainWorkCriteria(
  trace: Trace,
  requests: readonly TraceRequest[],
  work: PlainWork,
): readonly Criterion[] {
  return [
    settingsRecorded(requests),
    noTools(requests),
    shortAnswers(requests, work),
    littleThinking(requests, work),
    lowEffort(requests),
    rarelyTruncated(requests),
    ...(work.singleAndAlike ? [singleRequests(trace, requests), askedAlike(requests)] : []),
  ];
}

/** Claude Code offers tools always, and shows by its stop reasons whether it used them. */
function settingsRecorded(requests: readonly TraceRequest[]): Criterion {
  const share = shareOf(requests, ({ shape, fromClaudeCode }) => fromClaudeCode || (shape?.toolCount ?? null) !== null);
  return {
    reason: "settings-not-recorded",
    met: share >= NEARLY_ALL_SHARE,
    observed: `whether tools were offered is recorded of ${percent(share)}`,
    needed: percent(NEARLY_ALL_SHARE),
  };
}

function noTools(requests: readonly TraceRequest[]): Criterion {
  const share = shareOf(
    requests,
    (request) => request.stopReason === "tool_use" || asksForMore(request) || offersTools(request),
  );
  return {
    reason: "uses-tools",
    met: share <= RARE_SHARE,
    observed: `tools offered or used in ${percent(share)}`,
    needed: `at most ${percent(RARE_SHARE)}`,
  };
}

function offersTools({ shape }: TraceRequest): boolean {
  return shape !== null && (shape.toolCount ?? 0) > 0 && shape.toolChoice !== "none";
}

function shortAnswers(requests: readonly TraceRequest[], { answerTokensMax }: PlainWork): Criterion {
  const share = shareOf(requests, ({ own, outputFinal }) => outputFinal && (own?.output ?? 0) <= answerTokensMax);
  const limit = answerTokensMax.toLocaleString("en-US");
  return {
    reason: "long-answers",
    met: share >= NEARLY_ALL_SHARE,
    observed: `${percent(share)} of answers are known to stay within ${limit} tokens`,
    needed: percent(NEARLY_ALL_SHARE),
  };
}

function littleThinking(requests: readonly TraceRequest[], { thinkingShareMax }: PlainWork): Criterion {
  const unknown = shareOf(requests, thinksUnknownAmount);
  if (unknown > RARE_SHARE) {
    return {
      reason: "thinking-not-recorded",
      met: false,
      observed: `how much was thought is not recorded of ${percent(unknown)}`,
      needed: `at most ${percent(RARE_SHARE)}`,
    };
  }
  const share = thinkingShare(requests);
  return {
    reason: "thinks",
    met: share <= thinkingShareMax,
    observed: `thinking is ${percent(share)} of the output`,
    needed: `at most ${percent(thinkingShareMax)}`,
  };
}

function lowEffort(requests: readonly TraceRequest[]): Criterion {
  const share = shareOf(requests, ({ shape }) => ["high", "xhigh", "max"].includes(shape?.effort ?? ""));
  return {
    reason: "high-effort",
    met: share <= RARE_SHARE,
    observed: `high effort asked for in ${percent(share)}`,
    needed: `at most ${percent(RARE_SHARE)}`,
  };
}

function rarelyTruncated(requests: readonly TraceRequest[]): Criterion {
  const share = shareOf(requests, ({ stopReason }) => stopReason === "max_tokens");
  return {
    reason: "truncated",
    met: share <= RARE_SHARE,
    observed: `${percent(share)} of answers were cut off by max_tokens`,
    needed: `at most ${percent(RARE_SHARE)}`,
  };
}

function singleRequests(trace: Trace, requests: readonly TraceRequest[]): Criterion {
  const share = shareOf(requests, (request) => precedingStep(trace, request) !== null);
  return {
    reason: "conversations",
    met: share <= RARE_SHARE,
    observed: `${percent(share)} continue a conversation`,
    needed: `at most ${percent(RARE_SHARE)}`,
  };
}

function askedAlike(requests: readonly TraceRequest[]): Criterion {
  const counts = new Map<string, number>();
  for (const { shape } of requests) {
    const settings = JSON.stringify([
      shape?.maxTokens,
      shape?.thinking,
      shape?.effort,
      shape?.temperature,
      shape?.outputFormat ?? false,
    ]);
    counts.set(settings, (counts.get(settings) ?? 0) + 1);
  }
  const share = requests.length === 0 ? 0 : Math.max(...counts.values()) / requests.length;
  return {
    reason: "asked-differently",
    met: share >= NEARLY_ALL_SHARE,
    observed: `${percent(share)} are asked with the same settings`,
    needed: percent(NEARLY_ALL_SHARE),
  };
}
