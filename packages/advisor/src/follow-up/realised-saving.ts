import { divideHalfEven, money, subtract, type Calendar, type Money, type PriceBook } from "@farthing/ledger";
import type { BeforeChange } from "../portfolio/before-change.ts";
import { carriedOver } from "../portfolio/carried-over.ts";
import { savingRange, type SavingRange } from "../portfolio/saving-range.ts";
import { NORMAL_NINETIETH } from "../quantiles.ts";
import type { OldWay } from "../strategies/recognition.ts";
import type { Scenario } from "../trace/counterfactual-request.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { costsWithout } from "./cost-without.ts";
import type { Result } from "./follow-up.ts";

/** A request from the change on, and whether it carries it. */
export interface LaterRequest {
  readonly request: TraceRequest;
  readonly carries: boolean;
}

/**
 * What requests from a change on saved: what they would have cost without it, less what they cost.
 *
 * Requests are those that were sent, so that more or fewer of them are no saving. Those that do not carry the change cost
 * the same either way. Where some carried it before, only as many count as changed as did not.
 *
 * Null where one of them has no price, with the change or without it.
 */
export function realisedSaving(
  later: readonly LaterRequest[],
  {
    saving,
    before,
    without,
  }: { readonly saving: SavingRange; readonly before: BeforeChange; readonly without: OldWay },
  { book, calendar }: { readonly book: PriceBook; readonly calendar: Calendar },
): Result | null {
  const costs = costsWithout(without, before, book);
  const lengthsDiffer = without.promptLength.pessimistic !== without.promptLength.optimistic;
  const scenarios: readonly Scenario[] = lengthsDiffer ? ["pessimistic", "expected", "optimistic"] : ["expected"];
  const saved: Record<Scenario, bigint> = { pessimistic: 0n, expected: 0n, optimistic: 0n };
  const byDay = new Map<string, bigint>();
  const rests = { prompts: 0n, answers: 0n };
  let usd = 0n;
  for (const { request, carries } of later) {
    const { total } = request.billed;
    if (total === null) return null;
    usd += total;
    const day = calendar.day(request.occurredAt);
    byDay.set(day, byDay.get(day) ?? 0n);
    for (const scenario of carries ? scenarios : []) {
      const cost = costs(request, scenario);
      if (cost === null) return null;
      saved[scenario] += cost.total - total;
      if (scenario !== "expected") continue;
      byDay.set(day, (byDay.get(day) ?? 0n) + cost.total - total);
      rests.prompts += cost.ofPromptsBefore;
      rests.answers += cost.ofAnswersBefore;
    }
  }
  const changed = (amount: bigint): Money =>
    money(divideHalfEven(amount * BigInt(before.without), BigInt(before.requests)));
  const expected = changed(saved.expected);
  const spread = Math.hypot(
    Number(changed(rests.prompts)) * (before.promptError ?? 0),
    Number(changed(rests.answers)) * (before.answerError ?? 0),
  );
  const ends = lengthsDiffer ? saved : { pessimistic: saved.expected, optimistic: saved.expected };
  const apart = (end: bigint): bigint =>
    BigInt(Math.round(Math.hypot(Number(changed(end) - expected), NORMAL_NINETIETH * spread)));
  const withoutUsd = money(usd + expected);
  const projected = carriedOver(saving, before.usd, withoutUsd);
  if (projected === null) return null;
  return {
    requests: later.length,
    days: byDay.size,
    usd: money(usd),
    withoutUsd,
    projected,
    realised: savingRange({
      pessimistic: subtract(expected, money(apart(ends.pessimistic))),
      expected,
      optimistic: money(expected + apart(ends.optimistic)),
      byDay: [...byDay].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, amount]) => changed(amount)),
    }),
  };
}
