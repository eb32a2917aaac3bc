import { modelById, matchModel, type PromptBlock, type RequestShape } from "@farthing/ledger";

/**
 * What besides its blocks a section of a prompt has to have in common with another for a cache to serve it.
 *
 * Model and speed are not in it: they are part of what shares a cache. Tool definitions and the form of the answer are
 * blocks of their own, at the beginning of a prompt. What is left changes only messages: which tool may be used, how the
 * model thinks, and whether there are images.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, "What invalidates the cache", checked
 * 2026-11-22.
 */
export function messagesVariant(
  shape: RequestShape | null,
  model: string,
  blocks: readonly { kind: string }[],
): string {
  const images = blocks.some(({ kind }) => kind.endsWith(".image")) ? "images" : "";
  if (shape === null) return images;
  const choice = shape.toolChoice ?? "auto";
  const budget = shape.thinkingBudgetTokens ?? "";
  return [choice, thinkingOf(shape, model), String(budget), shape.effort ?? "", images].join("|");
}

/** Of a model that thinks only when it is asked to, not asking is the same as asking it not to. */
function thinkingOf({ thinking }: RequestShape, model: string): string {
  if (thinking !== null && thinking !== "disabled") return thinking;
  const known = modelById(matchModel(model)?.model ?? model);
  return known?.thinking === "always" ? (thinking ?? "default") : "";
}

/** The variant of a block by its section. */
export function variantOf(section: PromptBlock["section"], messages: string): string {
  return section === "messages" ? messages : "";
}
