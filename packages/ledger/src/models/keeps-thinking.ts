import type { Model } from "./model.ts";

/** The first of each line that keeps thinking of earlier turns. Source: Claude API skill, prompt caching; collected 2026-11-22. */
const KEEPS_THINKING_FROM = { fable: 5, mythos: 4, opus: 4.5, sonnet: 4.6, haiku: 5.5 } as const;

/**
 * Whether a model is given the thinking of earlier turns again. To the others it is dropped from a prompt as soon as the
 * user says something that is no result of a tool, and what was cached with it is not found any more.
 */
export function keepsThinking({ line, generation }: Pick<Model, "line" | "generation">): boolean {
  return line !== null && generation >= KEEPS_THINKING_FROM[line];
}
