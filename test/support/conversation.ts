import type { ResponseRecorded, TokenBuckets } from "@farthing/ledger";
import { aRequestCompleted, aUsage, type DeepPartial } from "./builders.ts";

/** One request of a conversation: its start in seconds after the conversation's, and what was billed. */
export interface Step extends Partial<TokenBuckets> {
  readonly at: number;
  /** Continues the step of this number instead of the one before. */
  readonly continues?: number;
  readonly overrides?: DeepPartial<ResponseRecorded>;
}

export interface ConversationOptions {
  readonly name?: string;
  readonly startedAt?: string;
  readonly model?: string;
  readonly service?: string;
  /** Whether steps name the response they continue; else only their session ties them together. */
  readonly linked?: boolean;
  readonly source?: string;
}

/** Responses of one session, each started when its step says and complete a second later. */
export function aConversation(steps: readonly Step[], options: ConversationOptions = {}): ResponseRecorded[] {
  const { name = "s1", startedAt = "2026-10-10T10:00:00.000Z", model = "claude-opus-5", service = "chat" } = options;
  const { linked = true, source = "test" } = options;
  const start = Date.parse(startedAt);
  const messageOf = (number: number): string => `${name}-${String(number)}`;
  return steps.map((step, number) => {
    const { at, continues = number - 1, overrides = {}, ...tokens } = step;
    const previousMessage = linked && continues >= 0 ? messageOf(continues) : null;
    const event = aRequestCompleted({
      id: `msg:${messageOf(number)}`,
      occurredAt: new Date(start + at * 1000 + 1000).toISOString(),
      sources: [source],
      requestedModel: model,
      servedModel: model,
      usage: aUsage({ output: 10, ...tokens }),
      ids: { message: messageOf(number), previousMessage },
      timing: { startedAt: new Date(start + at * 1000).toISOString(), startedAtProvenance: "reported" },
      context: source === "claude-code" ? { session: name, project: service } : { session: name, service },
    });
    return { ...event, ...(overrides as Partial<typeof event>) };
  });
}
