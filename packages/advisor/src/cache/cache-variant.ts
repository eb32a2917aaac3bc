import {
  keepsThinking,
  matchModel,
  modelById,
  type Model,
  type PromptFingerprint,
  type RequestShape,
} from "@farthing/ledger";

type Block = PromptFingerprint["blocks"][number];

/** What besides its blocks each part of a prompt has to have in common with another for a cache to serve it. */
export interface PromptVariants {
  /** By block; empty where equal blocks are enough. */
  readonly byBlock: readonly string[];
  /** Whether the model is not given a block: it is not in the prompt as a cache sees it. */
  readonly isDropped: (index: number) => boolean;
}

/**
 * What changes invalidate, as far as the blocks themselves do not show it:
 *
 * - Model and speed: part of what shares a cache, see `cacheScope`. All is lost.
 * - Tool definitions, and the form an answer must have: blocks of their own at the beginning. All after the first changed
 *   one is lost.
 * - Text of the system prompt or of a message: all from the changed block on.
 * - Which tool may be used, how the model thinks, its effort, and whether there are images: messages. What the change of
 *   thinking does to tools and system is up to the model and not published; they are taken to stay.
 * - A new turn of the user, for a model that drops earlier thinking: messages from the first dropped block on.
 *
 * Not told by a fingerprint, and so not replayed: citations that are switched on or off, which invalidate the system
 * prompt too, beside the document that they are of. A web search tool that is added before others is taken for a change of
 * those after it.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, "What invalidates the cache", checked
 * 2026-11-22.
 */
export function promptVariants(shape: RequestShape | null, model: string, blocks: readonly Block[]): PromptVariants {
  const known = modelById(matchModel(model)?.model ?? model);
  const messages = messagesVariant(shape, known, blocks);
  if (known === null || keepsThinking(known) || !blocks.some(isThinking)) {
    return { byBlock: blocks.map((block) => (isOfMessages(block) ? messages : "")), isDropped: () => false };
  }
  const { turn, position } = lastTurn(blocks);
  const isDropped = (index: number): boolean => index < turn && isThinking(blocks[index]);
  let thought = "";
  const byBlock = blocks.map((block, index) => {
    if (!isOfMessages(block)) return "";
    // The thinking of another turn has been dropped by then: what follows it was cached with it, and is not found.
    if (index >= turn && isThinking(block)) thought = ` thinking since ${position}`;
    return messages + thought;
  });
  return { byBlock, isDropped };
}

function messagesVariant(shape: RequestShape | null, model: Model | null, blocks: readonly Block[]): string {
  const images = blocks.some(({ kind }) => kind.endsWith(".image")) ? "images" : "";
  if (shape === null) return images;
  const choice = shape.toolChoice ?? "auto";
  const budget = shape.thinkingBudgetTokens ?? "";
  return [choice, thinkingOf(shape, model), String(budget), shape.effort ?? "", images].join("|");
}

/** Of a model that thinks only when it is asked to, not asking is the same as asking it not to. */
function thinkingOf({ thinking }: RequestShape, model: Model | null): string {
  if (thinking !== null && thinking !== "disabled") return thinking;
  return model?.thinking === "always" ? (thinking ?? "default") : "";
}

/** A run that was left out is of messages: tools and system blocks are all kept. */
function isOfMessages(block: Block): boolean {
  return !("section" in block) || block.section === "messages";
}

/** The API's two types of it are `thinking` and `redacted_thinking`. */
function isThinking(block: Block | undefined): boolean {
  return block !== undefined && isOfMessages(block) && block.kind.endsWith("thinking");
}

/**
 * The last block in which a user says something, instead of giving back what a tool said: which of the entries, and which
 * block of the prompt. It may be in a run that was left out; the first entry after that then stands for it.
 */
function lastTurn(blocks: readonly Block[]): { readonly turn: number; readonly position: string } {
  const run = blocks.findLastIndex((block) => !("section" in block));
  const turn = blocks.findLastIndex(({ kind }) => kind.startsWith("user.") && kind !== "user.tool_result");
  if (turn < run) return { turn: run + 1, position: "a block left out" };
  let position = 0;
  for (const block of blocks.slice(0, turn)) position += "section" in block ? 1 : block.blocks;
  return { turn, position: String(position) };
}
