import type { BillCoverage } from "./bill-coverage.ts";
import {
  isCaptureMark,
  isEventOf,
  rowsOfAccount,
  unreadBatchesOf,
  type Account,
  type AmountRow,
  type BatchEnded,
  type BatchRecord,
  type CaptureTimes,
  type KnownEvent,
  type Money,
  type OutcomesResult,
  type PeriodClosed,
  type TotalsResult,
} from "@farthing/ledger";
import { UNNAMED_WORKLOAD } from "../trace/trace.ts";
import { LAST_REQUESTS, timesOf } from "./recorded-hours.ts";

/** An amount and how many responses it comes from. */
export interface Slice {
  readonly name: string;
  readonly usd: Money;
  readonly responses: number;
}

/** What a report says without replaying anything: sums and counts, exact. */
export interface ReportTotals extends TotalsResult {
  /** Responses of the whole ledger of which final snapshots disagree, and the ids of the first, in order of id. */
  readonly conflicts: { readonly count: number; readonly ids: readonly string[] };
  /** Events of newer releases: how many, by `Type@version`. */
  readonly unknownTypes: ReadonlyMap<string, number>;
  /** When services said that they were recording. */
  readonly captures: readonly CaptureTimes[];
  /** How much of the bill is recorded; absent where nothing is known of the bill of that time, or only some requests are asked about. */
  readonly bill?: BillCoverage | null;
  /** Null where no outcome was recorded. */
  readonly outcomes: OutcomesResult | null;
  /** Batches of the whole ledger of which results were not read, whether or not they can still be. */
  readonly unreadBatches: readonly BatchRecord[];
  /** Of every batch that is known to have ended, how. */
  readonly batchEnds: readonly BatchEnded[];
  /** Closings of the whole ledger, the earliest first; none of several ledgers, each of which has its own figures. */
  readonly closings?: readonly PeriodClosed[];
}

/** What outcomes are told apart by. */
export const OUTCOMES_BY = ["model", "workload"] as const;

export function hasOutcomes(others: readonly KnownEvent[]): boolean {
  return others.some((event) => isEventOf(event, "OutcomeRecorded"));
}

/** The totals of a whole account. */
export function totalsOfAccount(totals: TotalsResult, outcomes: OutcomesResult | null, account: Account): ReportTotals {
  const lastRequests = LAST_REQUESTS.newState();
  lastRequests.add(rowsOfAccount(account));
  return {
    ...totals,
    outcomes,
    captures: timesOf(account.others.filter(isCaptureMark), lastRequests.result()),
    conflicts: { count: account.conflicts.length, ids: account.conflicts.map(({ id }) => id).sort() },
    unknownTypes: account.unknownTypes,
    unreadBatches: unreadBatchesOf(account),
    batchEnds: account.others.filter((event) => isEventOf(event, "BatchEnded")),
  };
}

/** Amounts by model. */
export function modelSlices(rows: readonly AmountRow[]): readonly Slice[] {
  return rows.map((row) => ({ ...row, name: row.name ?? "" }));
}

/** Amounts by workload: responses that have none have a name too. */
export function workloadSlices(rows: readonly AmountRow[]): readonly Slice[] {
  return rows.map((row) => ({ ...row, name: row.name ?? UNNAMED_WORKLOAD }));
}
