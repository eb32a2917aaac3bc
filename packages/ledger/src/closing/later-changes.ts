import type { KnownEvent } from "../events/event.ts";
import { subtract, ZERO, type Money } from "../money/money.ts";
import { foldAccount } from "../projections/account.ts";
import { querySpend, type SpendQuery } from "../projections/spend.ts";
import { changedFacts, type ChangedFacts, type ChangedFactsQuestion, type ChangeReason } from "./changed-facts.ts";

/** What was recorded after a period was closed, and changed what it comes to. */
export interface LaterChange extends ChangeReason {
  readonly requests: number | null;
  readonly usd: Money;
}

interface LaterChangesQuestion extends ChangedFactsQuestion {
  /** The period, at the prices it was closed at. */
  readonly query: SpendQuery;
}

/** What was recorded after a period was closed and changed it, by what it is; at the prices that it was closed at. */
export async function laterChanges(question: LaterChangesQuestion): Promise<readonly LaterChange[]> {
  return (await changedFacts(question))
    .map((changed) => together(changed, question.query))
    .filter(({ usd, requests }) => usd !== ZERO || (requests ?? 0) !== 0);
}

function together({ kind, source, reason, before, after }: ChangedFacts, query: SpendQuery): LaterChange {
  const [totalBefore, totalAfter] = [totalOf(before, query), totalOf(after, query)];
  const requests = kind === "seen-again" ? null : totalAfter.requests - totalBefore.requests;
  return { kind, source, reason, requests, usd: subtract(totalAfter.usd, totalBefore.usd) };
}

function totalOf(events: readonly KnownEvent[], query: SpendQuery): { readonly usd: Money; readonly requests: number } {
  return querySpend(foldAccount(events), query).total;
}
