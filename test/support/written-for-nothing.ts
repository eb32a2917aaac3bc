import type { Step } from "./conversation.ts";

/** Days apart, so that nothing that is written for an hour is ever read. */
export const WRITTEN_FOR_NOTHING: readonly Step[] = Array.from({ length: 30 }, (_, day) => ({
  at: day * 86_400,
  uncachedInput: 0,
  cacheWrite1h: 10_000,
  cacheRead: 0,
  output: 100,
}));
