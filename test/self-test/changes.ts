import { modelById } from "@farthing/ledger";
import { compacted } from "./changed-conversations.ts";
import { withoutBlocks, withStablePrefix, withTokens } from "./changed-prompts.ts";
import { breaksAvoided, warmedBursts } from "./changed-times.ts";
import type { World } from "./self-test-case.ts";
import { withToldBreakpoints } from "./told-placement.ts";
import type { TrueRequest } from "./true-request.ts";

/** What somebody is told to do, as far as it decides what they then send. */
export interface ToldChange {
  readonly strategy: string;
  readonly workload: string;
  readonly subject: string;
  readonly title: string;
  readonly change: string;
}

/** The requests of one service after a change was made to it. */
type Translation = (requests: readonly TrueRequest[], told: ToldChange, world: World) => readonly TrueRequest[];

/** What each strategy comes to in traffic. A strategy needs an entry here before its savings can be judged. */
const CHANGES: Readonly<Record<string, Translation>> = {
  "stop-caching": each((request) => ({ ...request, breakpoints: [] })),
  "cache-ttl-5m": each((request) => withLifetime(request, "5m")),
  "cache-ttl-1h": each((request, { subject }) =>
    subject === "head" ? withHeadForAnHour(request) : withLifetime(request, "1h"),
  ),
  "cache-breakpoints": each(withToldBreakpoints),
  "stable-prefix": each((request, told) => withToldBreakpoints(withStablePrefix(request), told)),
  "warm-before-fan-out": (requests, told) =>
    warmedBursts(requests.map((request) => withToldBreakpoints(request, told))),
  "resent-context": breaksAvoided,
  "newer-model": each(moved),
  "cheaper-model": each(moved),
  "thinking-effort": each(lessThinking),
  "max-tokens": (requests) =>
    requests
      .filter(({ needless }) => needless !== "truncated")
      .map((request) => ({ ...request, maxTokens: Math.max(request.maxTokens, request.outputTokens) })),
  "trim-tools": each((request) => withoutBlocks(request, ({ role }) => role === "unused")),
  "compact-earlier": (requests, _, { summaryTokens }) => compacted(requests, summaryTokens),
  "duplicate-requests": (requests) => requests.filter(({ needless }) => needless !== "duplicate"),
  "retried-work": (requests) => requests.filter(({ needless }) => needless !== "retried"),
  "premium-speed": each((request) => ({ ...request, speed: "standard" })),
  "premium-geo": each((request) => ({ ...request, geo: "global" })),
  "server-tools": each((request) => ({ ...request, webSearches: 0 })),
  batch: batched,
};

/**
 * Traffic as it is after changes were made to it, one after another.
 *
 * @throws Error for a strategy of which nobody has said what it comes to.
 */
export function changedTraffic(
  requests: readonly TrueRequest[],
  changes: readonly ToldChange[],
  world: World,
): readonly TrueRequest[] {
  return changes.reduce((current, told) => {
    const translate = translationOf(told.strategy);
    const others = current.filter(({ service }) => service !== told.workload);
    const own = current.filter(({ service }) => service === told.workload);
    return [...others, ...translate(own, told, world)];
  }, requests);
}

/** Whether it is known what a strategy comes to. */
export function isTranslated(strategy: string): boolean {
  return Object.hasOwn(CHANGES, strategy);
}

function translationOf(strategy: string): Translation {
  const translate = Object.hasOwn(CHANGES, strategy) ? CHANGES[strategy] : undefined;
  if (translate === undefined) {
    throw new Error(`"${strategy}" has no entry in test/self-test/changes.ts: its true saving cannot be known`);
  }
  return translate;
}

function each(change: (request: TrueRequest, told: ToldChange, world: World) => TrueRequest): Translation {
  return (requests, told, world) => requests.map((request) => change(request, told, world));
}

function withLifetime(request: TrueRequest, ttl: "5m" | "1h"): TrueRequest {
  return { ...request, breakpoints: request.breakpoints.map(({ block }) => ({ block, ttl })) };
}

/** An hour for tools and system prompt, five minutes for messages. */
function withHeadForAnHour(request: TrueRequest): TrueRequest {
  const breakpoints = request.breakpoints.map(({ block }): TrueRequest["breakpoints"][number] => ({
    block,
    ttl: request.blocks[block]?.section === "messages" ? "5m" : "1h",
  }));
  return { ...request, breakpoints };
}

/** Sends it to the model that the title names, where that takes it. */
function moved(request: TrueRequest, { subject, title }: ToldChange, world: World): TrueRequest {
  const from = modelById(request.model);
  const to = modelById(`claude-${title.split(" -> ")[1] ?? ""}`);
  if (from === null || to === null) throw new Error(`"${title}" names no model`);
  if (request.model !== subject || (request.thinking === "disabled" && !to.thinkingCanBeDisabled)) return request;
  const ratio = from.tokenizer === to.tokenizer ? 1 : world.tokenizerRatio ** (to.tokenizer - from.tokenizer);
  const beginsToThink = to.thinking === "always" && from.thinking !== "always" && request.thinking !== "adaptive";
  const length = ratio * (beginsToThink ? world.thinkingLength : world.answerLength);
  // Earlier answers are in the prompt, and are as much longer; what is thought before them is not.
  const { answerLength } = world;
  return {
    ...withTokens(request, ({ role }) => ratio * (role === "answer" ? answerLength : 1)),
    model: to.id,
    outputTokens: Math.max(1, Math.round(request.outputTokens * length)),
    thinkingTokens: Math.round(request.thinkingTokens * length),
  };
}

/** One effort lower, for the requests of the model and effort that the subject names. */
function lessThinking(request: TrueRequest, { subject, title }: ToldChange, world: World): TrueRequest {
  const effort = / effort (\w+)$/.exec(title)?.[1];
  if (effort === undefined) throw new Error(`"${title}" names no effort`);
  if (subject !== `${request.model} effort ${request.effort ?? ""}`) return request;
  const factor = world.thinkingAtLessEffort;
  const thinkingTokens = Math.round(request.thinkingTokens * factor);
  return {
    ...withTokens(request, ({ kind }) => (kind === "assistant.thinking" ? factor : 1)),
    effort,
    outputTokens: request.outputTokens - request.thinkingTokens + thinkingTokens,
    thinkingTokens,
  };
}

/** What waits for no answer goes into batches; the others wait for each other, and cannot. */
function batched(requests: readonly TrueRequest[], { change }: ToldChange): readonly TrueRequest[] {
  const inSession = new Map<string, number>();
  const sessionOf = ({ session, id }: TrueRequest): string => session ?? id;
  for (const request of requests) inSession.set(sessionOf(request), (inSession.get(sessionOf(request)) ?? 0) + 1);
  const forAnHour = /"ttl": "1h"/.test(change);
  return requests.map((request) => {
    if (inSession.get(sessionOf(request)) !== 1 || request.speed === "fast") return request;
    const batch: TrueRequest = { ...request, tier: "batch", stream: false };
    return forAnHour ? withLifetime(batch, "1h") : batch;
  });
}
