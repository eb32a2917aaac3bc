import { workloadOf } from "@farthing/ledger";
import type { RecordedCall } from "./recorded-call.ts";

/** By place, which call each one continues: always an earlier one that was made for the same. */
export type Continued = readonly (number | null)[];

/**
 * Which call each one continues: the one it names; else, in a conversation where none names any, the call before it of
 * the same session and agent.
 *
 * @param calls In order of their start.
 */
export function linkConversations(calls: readonly RecordedCall[]): Continued {
  const byMessage = new Map<string, number>();
  const linked = new Set<string>();
  const newest = new Map<string, number>();
  const conversations: (string | null)[] = [];
  const before: (number | null)[] = [];
  for (const [index, call] of calls.entries()) {
    if (call.message !== null) byMessage.set(call.message, index);
    const conversation = conversationOf(call);
    conversations.push(conversation);
    before.push(conversation === null ? null : (newest.get(conversation) ?? null));
    if (conversation === null) continue;
    if (call.previousMessage !== null) linked.add(conversation);
    newest.set(conversation, index);
  }
  return calls.map((call, index) => {
    if (call.previousMessage !== null) {
      const named = byMessage.get(call.previousMessage);
      const earlier = named !== undefined && named < index ? calls[named] : undefined;
      // Workloads are replayed one by one, so a conversation does not reach from one into another.
      return named !== undefined && earlier !== undefined && workloadOf(earlier) === workloadOf(call) ? named : null;
    }
    const conversation = conversations[index] ?? null;
    return conversation === null || linked.has(conversation) ? null : (before[index] ?? null);
  });
}

/** By place, the first call of its conversation. */
export function firstOfEach(continued: Continued): Uint32Array {
  const first = new Uint32Array(continued.length);
  for (const [index, previous] of continued.entries())
    first[index] = previous === null ? index : (first[previous] ?? 0);
  return first;
}

function conversationOf(call: RecordedCall): string | null {
  const { session, agent } = call.context;
  return session === null ? null : [workloadOf(call) ?? "", session, agent ?? ""].join("\n");
}
