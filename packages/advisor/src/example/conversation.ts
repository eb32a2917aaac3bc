import type { CacheBreakpoint, Instant } from "@farthing/ledger";
import { answerTimes, type PromptSegment, type TrueRequest } from "./true-request.ts";

/** One request of a conversation: what it adds to the prompt, and what it is answered. */
export interface Turn {
  /** From the previous answer's end to this request; of no meaning for the first turn. */
  readonly pauseMs: number;
  /** Prompt tokens that were in no earlier request and no earlier answer. */
  readonly addedTokens: number;
  readonly outputTokens: number;
  readonly thinkingTokens: number;
  readonly stopReason: TrueRequest["stopReason"];
}

export interface Conversation {
  readonly session: string;
  readonly model: string;
  readonly startedAt: Instant;
  /** What every conversation of the service begins with, tools included. */
  readonly system: { readonly prefix: string; readonly tokens: number };
  /** Asked for after the system prompt and after the newest message. */
  readonly ttl: CacheBreakpoint["ttl"];
  readonly turns: readonly Turn[];
}

/** The breakpoints of a conversation's prompts, as its requests declare them. */
export function conversationBreakpoints(ttl: CacheBreakpoint["ttl"]): readonly CacheBreakpoint[] {
  return [
    { section: "system", ttl },
    { section: "messages", ttl },
  ];
}

/** Sends the turns one after another, each with the whole conversation so far, answers included. */
export function converse(conversation: Conversation): TrueRequest[] {
  const { session, model, system, ttl } = conversation;
  const systemSegment: PromptSegment = { section: "system", ...system, breakpoint: ttl };
  const message = (through: number, tokens: number, breakpoint: PromptSegment["breakpoint"]): PromptSegment => ({
    section: "messages",
    prefix: `${session}/${String(through)}`,
    tokens,
    breakpoint,
  });
  const requests: TrueRequest[] = [];
  let startedAt = conversation.startedAt;
  let historyTokens = 0;
  let answerTokens = 0;
  conversation.turns.forEach((turn, index) => {
    const previous = requests.at(-1);
    if (previous !== undefined) startedAt = previous.completedAt + turn.pauseMs;
    const newTokens = answerTokens + turn.addedTokens;
    requests.push({
      model,
      session,
      ...answerTimes(startedAt, system.tokens + historyTokens + newTokens, turn.outputTokens),
      prompt: [
        systemSegment,
        ...(index === 0 ? [] : [message(index, historyTokens, null)]),
        message(index + 1, newTokens, ttl),
      ],
      outputTokens: turn.outputTokens,
      thinkingTokens: turn.thinkingTokens,
      stopReason: turn.stopReason,
    });
    historyTokens += newTokens;
    answerTokens = turn.outputTokens;
  });
  return requests;
}
