import type { TraceRequest } from "../trace/trace.ts";

/**
 * What two requests have in common that ask the very same thing: prompt, model, and everything that was asked for beside
 * it. Null where the prompt was not fingerprinted.
 */
export function sameRequestKey({ prompt, model, shape, workspace }: TraceRequest): string | null {
  if (prompt === null) return null;
  const whole = prompt.blocks.prefixes.at(-1) ?? 0;
  return JSON.stringify([prompt.key, whole, model, workspace, shape?.temperature ?? null]);
}
