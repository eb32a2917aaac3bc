import { promptTokens } from "@farthing/ledger";
import { LONG_CONTEXT_TOKENS } from "../thresholds.ts";
import type { PromptBlocks } from "../trace/counterfactual-prompt.ts";
import type { PrefixTable } from "../trace/prefix-table.ts";
import { isMessage, messagesIn } from "./compacted-prompt.ts";
import { requestAt } from "./prompt-reuse.ts";
import type { Situation } from "./strategy.ts";

/** What of a conversation a summary takes the place of. */
interface Compacted {
  /** Place in the trace of the request before which it was made: names the summary. */
  readonly madeAt: number;
  /** Tokens of the recorded prompt that it stands for. */
  readonly replaced: number;
  /** How many messages' blocks these are, from the first on. */
  readonly messages: number;
  /** What can be read from a cache right after it: what was, at the start of the conversation. */
  readonly readable: number;
}

/** A request of a conversation that would have been compacted. */
export interface CompactedStep {
  /** The compaction made right before it; null for those that go on from one. */
  readonly compacts: {
    /** What the compaction itself reads: null for all of the history as recorded. */
    readonly from: Compacted | null;
  } | null;
  readonly after: Compacted;
}

/** Which conversations would have been compacted, where, and what followed. */
export interface Compactions {
  readonly steps: ReadonlyMap<number, CompactedStep>;
  readonly count: number;
  /** Requests whose recorded prompt was longer than where a compaction is made. */
  readonly longSteps: number;
}

/** A conversation after one of its requests. */
interface Conversation {
  readonly length: number;
  /** Tokens at the beginning that a compaction keeps. */
  readonly kept: number;
  readonly readable: number;
  readonly compacted: Compacted | null;
}

/**
 * Compacts every conversation whenever its next prompt would pass the threshold: what was sent with the request before
 * is replaced, what has come since stays.
 *
 * @param summaryTokens How long a summary is taken to be.
 */
export function compactionsIn(situation: Situation, summaryTokens: number): Compactions {
  const { trace, members } = situation;
  const conversations = new Map<number, Conversation>();
  const steps = new Map<number, CompactedStep>();
  let count = 0;
  let longSteps = 0;
  for (const index of members) {
    const request = trace.requests[index];
    if (request === undefined || request.own === null) continue;
    const length = promptTokens(request.own);
    if (length > LONG_CONTEXT_TOKENS) longSteps += 1;
    const place = request.prefix.previous;
    const previous = place === null ? undefined : conversations.get(place);
    if (place === null || previous === undefined || length < previous.length / 2) {
      conversations.set(index, startOf(situation, index, previous));
      continue;
    }
    const made = compactionAt(situation, { index, length, place, previous, summaryTokens });
    const carried = previous.compacted;
    const compacted = made ?? (carried === null ? null : stillReplaced(carried, length, previous.kept));
    conversations.set(index, { ...previous, length, compacted });
    if (compacted === null) continue;
    steps.set(index, { compacts: made === null ? null : { from: carried }, after: compacted });
    if (made !== null) count += 1;
  }
  return { steps, count, longSteps };
}

/**
 * A conversation that begins, or is another one from here on.
 *
 * What a compaction keeps are tools and system prompt; where these are not known block by block, all of the first prompt,
 * which is more. A short request between long ones shows nothing of them.
 */
function startOf(situation: Situation, index: number, previous: Conversation | undefined): Conversation {
  const request = situation.trace.requests[index];
  const own = request?.own ?? null;
  const length = own === null ? 0 : promptTokens(own);
  const known = situation.knowledge === "blocks" ? requestAt(situation.trace, index) : null;
  const head = known === null ? length : headTokens(known.prompt.blocks, known.table);
  return {
    length,
    kept: Math.max(head, previous?.kept ?? 0),
    readable: Math.min(own?.cacheRead ?? 0, head),
    compacted: null,
  };
}

function headTokens({ prefixes, ends }: PromptBlocks, table: PrefixTable): number {
  const first = prefixes.findIndex((prefix) => isMessage(prefix, table));
  return first <= 0 ? 0 : (ends[first - 1] ?? 0);
}

interface NextStep {
  readonly index: number;
  readonly length: number;
  readonly place: number;
  readonly previous: Conversation;
  readonly summaryTokens: number;
}

/** The compaction to make before a request; null where its prompt is short enough, or little of it could be replaced. */
function compactionAt(
  { trace, knowledge }: Situation,
  { index, length, place, previous, summaryTokens }: NextStep,
): Compacted | null {
  const shortened = previous.compacted === null ? 0 : previous.compacted.replaced - summaryTokens;
  if (length - shortened <= LONG_CONTEXT_TOKENS) return null;
  const replaced = previous.length - previous.kept;
  // Else a conversation that begins with a long prompt would be compacted before every step.
  if (replaced - summaryTokens - shortened < LONG_CONTEXT_TOKENS / 2) return null;
  const known = knowledge === "blocks" ? requestAt(trace, place) : null;
  const messages = known === null ? 0 : messagesIn(known.prompt.blocks, known.table);
  return { madeAt: index, replaced, messages, readable: previous.readable };
}

/** A prompt that has become shorter has lost some of what a summary stands for. */
function stillReplaced(compacted: Compacted, length: number, kept: number): Compacted {
  return { ...compacted, replaced: Math.min(compacted.replaced, Math.max(0, length - kept)) };
}
