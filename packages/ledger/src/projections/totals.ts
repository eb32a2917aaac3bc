import type { Instant } from "../instant.ts";
import { add, compare, ZERO, type Money } from "../money/money.ts";
import type { PriceBook } from "../pricing/price-book.ts";
import type { RowBatch } from "../rows/request-rows.ts";
import { compareTexts } from "../text-order.ts";
import type { Account } from "./account.ts";
import { itemsOf, usdOf, type ItemAmount } from "./cell-totals.ts";
import { dailyAmounts, type DayAmounts } from "./daily-amounts.ts";
import type { RequestFilter } from "./filters.ts";
import { CLAUDE_CODE, type GroupKey } from "./group-keys.ts";
import { overBatches, type Requests } from "./row-batches.ts";
import { spendOf, type SpendResult } from "./spend.ts";
import type { TallyCell } from "./tally-cell.ts";
import { isResponse } from "./price-classes.ts";
import type { SessionAmount } from "./dearest-sessions.ts";
import type { RowState } from "./row-projection.ts";
import type { StateParts } from "./state-codec.ts";
import { tallyFromState, tallyToState } from "./tally-state.ts";
import { Tally } from "./tally.ts";

export interface TotalsQuery extends RequestFilter {
  /** IANA zone that cuts days. */
  readonly timeZone: string;
  readonly book: PriceBook;
  /** A prompt of more tokens is long. */
  readonly longPromptTokens: number;
  /** How many of the dearest sessions to list; null to leave sessions out, of which there can be very many. */
  readonly sessionsMax: number | null;
  /** How many of the dearest workloads to tell apart on each day; absent where nobody asks for days. */
  readonly dailyWorkloadsMax?: number;
}

/** The priced responses of one workload, or of one model. */
export interface AmountRow {
  /** Null for responses that have none. */
  readonly name: string | null;
  readonly usd: Money;
  readonly responses: number;
}

/** What one model was used for. */
export interface ModelUse {
  readonly model: string;
  /** Null for responses that have none. */
  readonly workload: string | null;
  /** Billed responses, priced or not. */
  readonly responses: number;
  /** When the last of them was complete. */
  readonly last: Instant;
}

/** What a report says of a ledger without looking at single requests. */
export interface TotalsResult {
  /** Without groups. */
  readonly spend: SpendResult;
  /** The total by line item, largest first; nothing that is 0. */
  readonly byItem: readonly ItemAmount[];
  /** Largest first, then by name. */
  readonly byWorkload: readonly AmountRow[];
  /** By the model that answered, in the same order. */
  readonly byModel: readonly AmountRow[];
  /** By local day, in order; null where nobody asked. */
  readonly daily: readonly DayAmounts[] | null;
  /** The dearest of them, in the same order; null where sessions were left out. */
  readonly bySession: readonly SessionAmount[] | null;
  /** Priced responses with a long prompt. */
  readonly longPrompts: { readonly usd: Money; readonly responses: number };
  /** By model, then workload. */
  readonly models: readonly ModelUse[];
  /** Billed responses of which something had to be assumed; see `UsageNote`. */
  readonly assumed: number;
  /** Responses of all rows, whatever the filter. */
  readonly ledgerResponses: number;
  /** Of all responses that match, whoever pays. */
  readonly recorded: {
    readonly responses: number;
    /** Those whose start is not a reported time. */
    readonly startsEstimated: number;
    /** Those that Claude Code made. */
    readonly fromClaudeCode: number;
    /** Local days on which one was complete, in order. */
    readonly days: readonly string[];
    /** Null where sessions were left out. */
    readonly sessions: number | null;
    readonly projects: number;
    readonly services: number;
  };
  /** Of billed responses. */
  readonly billed: { readonly startsEstimated: number; readonly fromClaudeCode: number };
}

const DIMENSIONS = ["day", "workload", "project", "service"] as const satisfies readonly GroupKey[];

/**
 * Everything a report says of responses without looking at single ones, in one pass over their rows.
 *
 * @throws RangeError for a time zone the platform does not know.
 */
export function queryTotals(requests: Account | Iterable<RowBatch>, query: TotalsQuery): TotalsResult;
export function queryTotals(requests: AsyncIterable<RowBatch>, query: TotalsQuery): Promise<TotalsResult>;
export function queryTotals(requests: Requests, query: TotalsQuery): TotalsResult | Promise<TotalsResult> {
  const state = new TotalsState(query);
  return overBatches(
    requests,
    (batch) => state.add(batch),
    () => state.result(),
  );
}

/** Totals that rows are added to and taken away from. */
export class TotalsState implements RowState<TotalsResult> {
  readonly #query: TotalsQuery;
  readonly #tally: Tally;
  #ledgerResponses = 0;

  constructor(query: TotalsQuery) {
    this.#query = query;
    this.#tally = new Tally({ ...query, by: DIMENSIONS, sessions: query.sessionsMax !== null });
  }

  /** Adds the rows that count. */
  add(batch: RowBatch): void {
    this.#tally.add(batch);
    this.#ledgerResponses += responsesIn(batch);
  }

  /** Takes rows away that were added: those of the batch that are not marked as dead. */
  subtract(batch: RowBatch): void {
    this.#tally.subtract(batch);
    this.#ledgerResponses -= responsesIn(batch);
  }

  isExact(): boolean {
    return this.#tally.isExact(["model", "workload"]);
  }

  parts(): StateParts {
    const { json, tables } = tallyToState(this.#tally.parts());
    return { json: { tally: json, ledgerResponses: this.#ledgerResponses }, tables };
  }

  /** Makes an empty state what one of an equal query was. */
  restore({ json, tables }: StateParts): void {
    const { tally, ledgerResponses } = json as { readonly tally: unknown; readonly ledgerResponses: number };
    this.#tally.restore(tallyFromState({ json: tally, tables }));
    this.#ledgerResponses = ledgerResponses;
  }

  result(): TotalsResult {
    const all = [...this.#tally.cellsOverTime()].filter((cell) => !cell.isEmpty);
    const billed = all.filter(({ priceClass }) => priceClass.counted === "billed");
    const recorded = all.filter(({ priceClass }) => isResponse(priceClass));
    const distinct = (key: GroupKey): string[] =>
      [...new Set(recorded.map((cell) => cell.value(key)))].filter((value) => value !== null);
    const long = billed.filter(({ priceClass }) => priceClass.longPrompt && isPriced(priceClass));
    const { sessionsMax } = this.#query;
    const sessions = sessionsMax === null ? null : this.#tally.sessions?.summary(sessionsMax);
    const byWorkload = amountsBy("workload", billed);
    return {
      spend: spendOf(all, []),
      byItem: byItem(billed),
      byWorkload,
      byModel: amountsBy("model", billed),
      daily: this.#daily(byWorkload),
      bySession: sessions?.dearest ?? null,
      longPrompts: { usd: usdOfAll(long), responses: count(long) },
      models: modelsIn(billed),
      assumed: count(billed.filter(({ priceClass }) => priceClass.assumed)),
      ledgerResponses: this.#ledgerResponses,
      recorded: {
        responses: count(recorded),
        startsEstimated: count(recorded.filter(({ priceClass }) => priceClass.startEstimated)),
        fromClaudeCode: count(recorded.filter(isFromClaudeCode)),
        days: this.#tally.timesOf("day", isResponse),
        sessions: sessions?.count ?? null,
        projects: distinct("project").length,
        services: distinct("service").length,
      },
      billed: {
        startsEstimated: count(billed.filter(({ priceClass }) => priceClass.startEstimated)),
        fromClaudeCode: count(billed.filter(isFromClaudeCode)),
      },
    };
  }

  #daily(byWorkload: readonly AmountRow[]): readonly DayAmounts[] | null {
    const { dailyWorkloadsMax } = this.#query;
    if (dailyWorkloadsMax === undefined) return null;
    const workloads = byWorkload.slice(0, dailyWorkloadsMax).map(({ name }) => name);
    return dailyAmounts(this.#tally.cells(), workloads);
  }
}

function responsesIn({ rows, dead, rollups = [] }: RowBatch): number {
  const { count: rowCount, termsOf, terms } = rows;
  const isFailure = Uint8Array.from({ length: terms.length }, (_, index) => Number(terms.at(index).kind === "failed"));
  let responses = 0;
  for (let row = 0; row < rowCount; row += 1) {
    if ((dead === null || dead[row] === 0) && isFailure[termsOf[row] ?? 0] === 0) responses += 1;
  }
  for (const { outcome, requests } of rollups) if (outcome === "response") responses += requests;
  return responses;
}

function isPriced({ rates }: TallyCell["priceClass"]): boolean {
  return rates !== null && typeof rates !== "string";
}

function isFromClaudeCode({ sources }: TallyCell): boolean {
  return sources.includes(CLAUDE_CODE);
}

function count(cells: readonly TallyCell[]): number {
  return cells.reduce((sum, cell) => sum + Number(cell.sum("requests")), 0);
}

function usdOfAll(cells: readonly TallyCell[]): Money {
  return cells.reduce((sum, cell) => add(sum, usdOf(cell) ?? ZERO), ZERO);
}

function byItem(cells: readonly TallyCell[]): ItemAmount[] {
  const amounts = new Map<ItemAmount["item"], Money>();
  for (const cell of cells) {
    for (const { item, usd } of itemsOf(cell) ?? []) amounts.set(item, add(amounts.get(item) ?? ZERO, usd));
  }
  return [...amounts]
    .map(([item, usd]) => ({ item, usd }))
    .sort((a, b) => compare(b.usd, a.usd) || compareNames(a.item, b.item));
}

function amountsBy(key: GroupKey, cells: readonly TallyCell[]): AmountRow[] {
  const amounts = new Map<string | null, { usd: Money; responses: number }>();
  for (const cell of cells) {
    const usd = usdOf(cell);
    if (usd === null) continue;
    const name = cell.value(key);
    const held = amounts.get(name);
    const responses = Number(cell.sum("requests"));
    if (held === undefined) {
      amounts.set(name, { usd, responses });
    } else {
      held.usd = add(held.usd, usd);
      held.responses += responses;
    }
  }
  return [...amounts]
    .map(([name, amount]) => ({ name, ...amount }))
    .sort((a, b) => compare(b.usd, a.usd) || compareNames(a.name, b.name));
}

function modelsIn(cells: readonly TallyCell[]): ModelUse[] {
  const uses = new Map<string, { model: string; workload: string | null; responses: number; last: Instant }>();
  for (const cell of cells) {
    const responses = Number(cell.sum("requests"));
    if (responses === 0) continue;
    const model = cell.priceClass.model ?? "";
    const workload = cell.value("workload");
    // A workload's name may be any text, so the one that is none has a sign of its own.
    const key = `${workload === null ? "-" : "+"}${String(model.length)} ${model}${workload ?? ""}`;
    const held = uses.get(key);
    if (held === undefined) {
      uses.set(key, { model, workload, responses, last: cell.last });
    } else {
      held.responses += responses;
      held.last = Math.max(held.last, cell.last);
    }
  }
  return [...uses.values()].sort((a, b) => compareNames(a.model, b.model) || compareNames(a.workload, b.workload));
}

/** By code unit, so that the order is the same in every locale; none comes first. */
function compareNames(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return compareTexts(a, b);
}
