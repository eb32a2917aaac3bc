import type { TraceRequest } from "../trace/trace.ts";

/**
 * What two requests have in common that ask the very same thing, whatever room they leave for the answer: prompt, model,
 * workspace and temperature. Null where the prompt was not fingerprinted.
 */
export function sameRequestKey({ prompt, model, shape, workspace }: TraceRequest): string | null {
  if (prompt === null) return null;
  const whole = prompt.blocks.prefixes.at(-1) ?? 0;
  return JSON.stringify([prompt.key, whole, model, workspace, shape?.temperature ?? null]);
}

/** What two requests have in common to which the same answer can be given: `max_tokens` too, which decides its end. */
export function sameAnswerKey(request: TraceRequest): string | null {
  const key = sameRequestKey(request);
  return key === null ? null : `${key} ${String(request.shape?.maxTokens ?? null)}`;
}
