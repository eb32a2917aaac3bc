import { apiOfModels, type AskedOfApi } from "../support/api-of-models.ts";
import type { Reply } from "../support/loopback-api.ts";

/** What a ticket is about, by a word that it holds. */
const LABELS: readonly (readonly [word: string, label: string])[] = [
  ["invoice", "billing"],
  ["refund", "billing"],
  ["parcel", "delivery"],
  ["crash", "technical"],
];

/**
 * The API as the guides' commands use it: it sorts tickets. Haiku takes those that name two things for the later one, and
 * says a little less.
 */
export function apiOfReaders(): Reply {
  return apiOfModels({
    text: (asked) => JSON.stringify({ label: labelOf(asked), sure: !isHaiku(asked) }),
    usage: (asked) => ({ input_tokens: promptTokens(asked), output_tokens: isHaiku(asked) ? 11 : 12 }),
    promptTokens,
  });
}

function isHaiku({ model }: AskedOfApi): boolean {
  return model.includes("haiku");
}

function promptTokens({ messages }: AskedOfApi): number {
  return Math.round((messages[0]?.content.length ?? 0) / 3);
}

function labelOf(asked: AskedOfApi): string {
  const ticket = asked.messages[0]?.content ?? "";
  const found = LABELS.filter(([word]) => ticket.includes(word)).map(([, label]) => label);
  return (isHaiku(asked) ? found.at(-1) : found[0]) ?? "other";
}
