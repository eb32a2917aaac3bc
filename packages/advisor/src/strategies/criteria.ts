import type { Abstention } from "./strategy.ts";

/** Why work is not of the kind that a change is for. */
const WORK_REASONS = [
  "settings-not-recorded",
  "uses-tools",
  "tools-named-nowhere",
  "tools-of-unknown-length",
  "stop-reasons-not-recorded",
  "long-answers",
  "thinking-not-recorded",
  "thinks",
  "high-effort",
  "truncated",
  "conversations",
  "asked-differently",
  "streaming-not-recorded",
  "streamed",
  "steps-wait",
  "arrives-any-time",
  "thinks-little",
  "budget-not-used-up",
] as const;

/** Something that must be so of work before a change to it is proposed. */
export interface Criterion {
  readonly reason: (typeof WORK_REASONS)[number];
  readonly met: boolean;
  readonly observed: string;
  readonly needed: string;
}

/** Why a change is not proposed: the first criterion that is not met. Null where all are. */
export function unmet(strategy: string, workload: string, criteria: readonly Criterion[]): Abstention | null {
  const failed = criteria.find(({ met }) => !met);
  if (failed === undefined) return null;
  const { reason, observed, needed } = failed;
  return { strategy, workload, reason, observed, needed, growth: null };
}

/** Whether a reason is about the kind of work: less urgent to read than what could still become advice. */
export function isAboutWork(reason: string): boolean {
  return WORK_REASONS.some((known) => known === reason);
}

/** The share of some requests for which something is so; 0 of none. */
export function shareOf<T>(all: readonly T[], isSo: (one: T) => boolean): number {
  return all.length === 0 ? 0 : all.filter(isSo).length / all.length;
}

/** A share in whole percent, and in tenths where that would read 0 or 100. */
export function percent(share: number): string {
  const exact = 100 * share;
  const whole = Math.round(exact);
  const misread = (whole === 0 && share > 0) || (whole === 100 && share < 1);
  return `${misread ? exact.toFixed(1) : String(whole)} %`;
}
