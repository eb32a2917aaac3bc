import type { TrueBlock, TrueRequest } from "./true-request.ts";
import { answerTimes, tokensOf } from "./true-request.ts";

const COMPACTED_AT_TOKENS = 100_000;

/** A conversation, and what stands for its beginning. */
interface Compacted {
  readonly sent: TrueRequest;
  /** Ids of blocks. */
  readonly replaced: ReadonlySet<string>;
  readonly summary: TrueBlock | null;
}

/**
 * Conversations are compacted before a prompt of more than 100,000 tokens is sent, where that makes it shorter by half as
 * much: what was sent with the request before is told in a summary, which takes a request of its own.
 */
export function compacted(requests: readonly TrueRequest[], summaryTokens: number): readonly TrueRequest[] {
  const conversations = new Map<string, Compacted>();
  return [...requests]
    .sort((a, b) => a.startedAt - b.startedAt)
    .flatMap((request) => {
      const name = request.session ?? request.id;
      const before = conversations.get(name) ?? { sent: request, replaced: new Set<string>(), summary: null };
      const asked = toldShorter(request, before);
      const sent = before.sent.blocks.filter(({ section }) => section === "messages").map(({ id }) => id);
      const after: Compacted = { sent: request, replaced: new Set(sent), summary: summaryOf(request, summaryTokens) };
      const told = toldShorter(request, after);
      const isLong = tokensOf(asked.blocks) > COMPACTED_AT_TOKENS && before.sent !== request;
      if (!isLong || tokensOf(asked.blocks) - tokensOf(told.blocks) < COMPACTED_AT_TOKENS / 2) {
        conversations.set(name, { ...before, sent: request });
        return [asked];
      }
      conversations.set(name, after);
      return [compaction(asked, summaryTokens), told];
    });
}

function summaryOf({ id }: TrueRequest, tokens: number): TrueBlock {
  return {
    section: "messages",
    kind: "user.text",
    id: `${id}/summary`,
    tokens: Math.round(tokens),
    estimatedTokens: tokens,
    role: "answer",
  };
}

function compaction(request: TrueRequest, summaryTokens: number): TrueRequest {
  const outputTokens = Math.round(summaryTokens);
  return {
    ...request,
    ...answerTimes(request.startedAt, tokensOf(request.blocks), outputTokens),
    id: `${request.id}/compaction`,
    outputTokens,
    thinkingTokens: 0,
    webSearches: 0,
  };
}

/** The summary comes first among the messages; what was marked in what it stands for is then marked on it. */
function toldShorter(request: TrueRequest, { replaced, summary }: Compacted): TrueRequest {
  if (summary === null) return request;
  const head = request.blocks.filter(({ section }) => section !== "messages");
  const kept = request.blocks.filter((block) => block.section === "messages" && !replaced.has(block.id));
  const blocks = [...head, summary, ...kept];
  const breakpoints = request.breakpoints.map(({ block, ttl }) => {
    const marked = request.blocks[block];
    return { block: marked === undefined || replaced.has(marked.id) ? head.length : blocks.indexOf(marked), ttl };
  });
  return { ...request, blocks, breakpoints };
}
