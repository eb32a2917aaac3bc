import { hash } from "node:crypto";
import type { PromptBlock, RequestShape, ResponseRecorded, TokenBuckets } from "@farthing/ledger";
import { aRequestCompleted, aUsage, NO_SHAPE } from "./builders.ts";

/** One request of which the prompt is known; what is neither read nor written of it is billed as new input. */
export interface PromptedCall extends Partial<Pick<TokenBuckets, "cacheRead" | "cacheWrite5m" | "cacheWrite1h">> {
  /** Start, in seconds after the first call could have started. */
  readonly at: number;
  readonly blocks: readonly PromptBlock[];
  /** Seconds until its answer begins; 1 where not given. It ends a second later. */
  readonly firstTokenAfter?: number;
  readonly session?: string;
  /** Place of the call that it continues. */
  readonly continues?: number;
  readonly key?: string;
  readonly shape?: Partial<RequestShape>;
  readonly cacheMissReason?: string;
}

export interface CallOptions {
  readonly model?: string;
  readonly service?: string;
  readonly callSite?: string;
}

/** Calls of one service, as they are recorded. */
export function promptedCalls(calls: readonly PromptedCall[], options: CallOptions = {}): ResponseRecorded[] {
  const { model = "claude-opus-5-5", service = "answers", callSite = null } = options;
  const start = Date.parse("2026-10-10T10:00:00.000Z");
  const timeOf = (seconds: number): string => new Date(start + seconds * 1000).toISOString();
  const messageOf = (place: number): string => `${service}-${String(place)}`;
  return calls.map((call, place) => {
    const { at, blocks, firstTokenAfter = 1, session = null, continues, key = "key-1", shape, cacheMissReason } = call;
    const { cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 } = call;
    const total = blocks.reduce((sum, { tokens }) => sum + tokens, 0);
    const uncachedInput = total - cacheRead - cacheWrite5m - cacheWrite1h;
    const event = aRequestCompleted({
      id: `msg:${messageOf(place)}`,
      occurredAt: timeOf(at + firstTokenAfter + 1),
      requestedModel: model,
      servedModel: model,
      usage: aUsage({ uncachedInput, cacheRead, cacheWrite5m, cacheWrite1h, output: 10 }),
      ids: {
        message: messageOf(place),
        previousMessage: continues === undefined ? null : messageOf(continues),
      },
      timing: {
        startedAt: timeOf(at),
        startedAtProvenance: "reported",
        firstTokenAt: timeOf(at + firstTokenAfter),
      },
      context: { session, service, callSite },
    });
    return {
      ...event,
      prompt: { key, blocks },
      request: shape === undefined ? event.request : { ...NO_SHAPE, ...shape },
      cacheMissReason: cacheMissReason ?? null,
    };
  });
}

export function aTool(text: string, tokens: number, ttl?: PromptBlock["ttl"]): PromptBlock {
  return aBlock("tools", "tool", text, tokens, ttl);
}

export function systemText(text: string, tokens: number, ttl?: PromptBlock["ttl"]): PromptBlock {
  return aBlock("system", "text", text, tokens, ttl);
}

export function userText(text: string, tokens: number, ttl?: PromptBlock["ttl"]): PromptBlock {
  return aBlock("messages", "user.text", text, tokens, ttl);
}

export function assistantText(text: string, tokens: number): PromptBlock {
  return aBlock("messages", "assistant.text", text, tokens);
}

function aBlock(
  section: PromptBlock["section"],
  kind: string,
  text: string,
  tokens: number,
  ttl?: PromptBlock["ttl"],
): PromptBlock {
  const block = { section, kind, hash: hash("sha256", text, "hex").slice(0, 16), tokens };
  return ttl === undefined ? block : { ...block, ttl };
}
