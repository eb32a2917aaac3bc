import type { KnownEvent, UsageRolledUp } from "../events/event.ts";
import type { Instant } from "../instant.ts";
import { matchModel } from "../models/match-model.ts";
import { compare, money, type Money } from "../money/money.ts";
import { codeColumns, contextColumn } from "../rows/context-codes.ts";
import type { RequestRows, RowBatch, RowTerms } from "../rows/request-rows.ts";
import { compareTexts } from "../text-order.ts";
import type { Account } from "./account.ts";
import { calendarOf, type Calendar } from "./calendar.ts";
import { rowFilter } from "./conditions.ts";
import { holds } from "./filters.ts";
import { contextValue, isContextKey, type GroupKey, type RequestContext } from "./group-keys.ts";
import { overBatches, type Requests } from "./row-batches.ts";
import { rowCosts } from "./row-costs.ts";
import type { SpendQuery } from "./spend.ts";
import { OutcomeSum, type OutcomeTotals } from "./outcome-totals.ts";
import { Tasks, type FirstRequest, type Task } from "./tasks.ts";

/**
 * Which tasks a question is about: those whose outcome lies between `since` and `until`, and whose first request
 * fulfils `where`. All requests of such a task are its own, whenever they were made and whatever answered.
 */
export type OutcomesQuery = SpendQuery;

/** Tasks whose first requests have the same values in the dimensions asked for. `model` is the model asked first. */
export interface OutcomeRow extends OutcomeTotals {
  readonly by: Readonly<Record<string, string | null>>;
}

export interface OutcomesResult {
  readonly total: OutcomeTotals;
  /** By amount, largest first; equal amounts by the groups' values. */
  readonly rows: readonly OutcomeRow[];
  /** Tasks of which an outcome is known, and no request. */
  readonly withoutRequests: number;
  /** Requests that carry the labels of a task, of which no outcome is known. */
  readonly withoutOutcome: {
    readonly tasks: number;
    /** Whether there are more tasks than were counted. */
    readonly more: boolean;
    readonly requests: number;
    readonly usd: Money;
    /** Those of the requests whose cost is not known. */
    readonly atUnknownCost: number;
  };
  /** Requests that belong to several tasks, and are counted for each. */
  readonly shared: number;
  /** Outcomes without labels. */
  readonly unnamed: number;
}

/** Tasks without an outcome are told apart up to this many, or as many as have one. */
const WITHOUT_OUTCOME_MAX = 1000;

/**
 * What tasks cost, by what was asked first.
 *
 * A task is all requests that carry the labels of its outcome: retries and escalations to another model are charged to
 * the model that was asked first. Memory grows with the tasks that have an outcome alone.
 *
 * @param events The outcomes, among any others.
 * @throws RangeError for a time zone the platform does not know.
 */
export function queryOutcomes(
  requests: Account | Iterable<RowBatch>,
  events: readonly KnownEvent[],
  query: OutcomesQuery,
): OutcomesResult;
export function queryOutcomes(
  requests: AsyncIterable<RowBatch>,
  events: readonly KnownEvent[],
  query: OutcomesQuery,
): Promise<OutcomesResult>;
export function queryOutcomes(
  requests: Requests,
  events: readonly KnownEvent[],
  query: OutcomesQuery,
): OutcomesResult | Promise<OutcomesResult> {
  const sum = new OutcomesSum(events, query);
  return overBatches(
    requests,
    (batch) => sum.add(batch),
    () => sum.result(),
  );
}

class OutcomesSum {
  readonly #query: OutcomesQuery;
  readonly #tasks: Tasks;
  readonly #calendar: Calendar;
  readonly #costsIn: ReturnType<typeof rowCosts>;
  readonly #isWantedFirst: ReturnType<typeof rowFilter>;
  readonly #isWanted: ReturnType<typeof rowFilter>;
  readonly #unfinished = new Set<string>();
  readonly #withoutOutcome = { more: false, requests: 0, usd: 0n, atUnknownCost: 0 };
  #shared = 0;

  constructor(events: readonly KnownEvent[], query: OutcomesQuery) {
    this.#query = query;
    this.#tasks = new Tasks(events);
    this.#calendar = calendarOf(query.timeZone);
    this.#costsIn = rowCosts(query.book);
    this.#isWantedFirst = rowFilter({ where: query.where, since: null, until: null }, this.#calendar);
    this.#isWanted = rowFilter(query, this.#calendar);
  }

  add({ rows, dead, rollups = [] }: RowBatch): void {
    const columns = new Map(this.#tasks.labels.map((name) => [name, contextColumn(rows.contexts, `label:${name}`)]));
    const codes = codeColumns([...columns.values()], rows.contexts.length);
    const byCode = codes.examples.map((context) =>
      this.#tasks.of((label) => {
        const column = columns.get(label);
        return column?.value(column.numbers[context] ?? 0) ?? null;
      }),
    );
    const costOf = costIn(rows, this.#costsIn(rows));
    const isWantedFirst = this.#isWantedFirst(rows);
    const isWanted = this.#isWanted(rows);
    for (let row = 0; row < rows.count; row += 1) {
      const of = byCode[codes.of[rows.contextOf[row] ?? 0] ?? 0];
      if (of === undefined || (dead !== null && dead[row] !== 0)) continue;
      if (of.tasks.length > 0) {
        this.#shared += of.tasks.length > 1 ? 1 : 0;
        for (const task of of.tasks) this.#addTo(task, rows, row, costOf(row), isWantedFirst);
      } else if (of.withoutOutcome !== null && isWanted(row)) {
        this.#addWithoutOutcome(of.withoutOutcome, costOf(row));
      }
    }
    for (const rollup of rollups) {
      const { tasks } = this.#tasks.of((label) => contextValue(rollup, `label:${label}`));
      for (const task of tasks) this.#addPruned(task, rollup);
    }
  }

  result(): OutcomesResult {
    const total = new OutcomeSum();
    const rows = new Map<string, { readonly by: OutcomeRow["by"]; readonly sum: OutcomeSum }>();
    let withoutRequests = 0;
    for (const task of this.#tasks.all()) {
      if (!this.#isInPeriod(task)) continue;
      if (task.first === null) {
        // Whether it fulfils a condition cannot be told.
        withoutRequests += this.#query.where.length === 0 ? 1 : 0;
        continue;
      }
      const { isWanted, model, values } = task.first;
      if (!isWanted) continue;
      const key = JSON.stringify(values);
      const by = Object.fromEntries(this.#query.by.map((name, index) => [name, values[index] ?? null]));
      const row = rows.get(key) ?? { by, sum: new OutcomeSum() };
      rows.set(key, row);
      for (const sum of [row.sum, total]) sum.add(task, model);
    }
    const { usd, ...withoutOutcome } = this.#withoutOutcome;
    return {
      total: total.totals,
      rows: [...rows]
        .sort(([a], [b]) => compareTexts(a, b))
        .map(([, { by, sum }]) => ({ by, ...sum.totals }))
        .sort((a, b) => compare(b.usd, a.usd)),
      withoutRequests,
      withoutOutcome: { tasks: this.#unfinished.size, ...withoutOutcome, usd: money(usd) },
      shared: this.#shared,
      unnamed: this.#tasks.unnamed,
    };
  }

  #addTo(task: Task, rows: RequestRows, row: number, cost: CostOfRow, isWantedFirst: (row: number) => boolean): void {
    const model = modelAt(rows, row);
    const at = sentAt(rows, row);
    if (task.first === null || at <= task.first.at) {
      const context = rows.contexts.at(rows.contextOf[row] ?? 0);
      const values = this.#valuesOf(context, model, rows.occurredAt[row] ?? 0, this.#query.by);
      const candidate = { at, model, values, isWanted: isWantedFirst(row) };
      task.first = task.first === null ? candidate : earlier(candidate, task.first);
    }
    if (cost.usd === null) task.atUnknownCost += 1;
    else if (cost.isBilled) task.addUsd(model, cost.usd);
    if (cost.isBilled) task.requests += 1;
    if (cost.isLowerBound) task.lowerBounds += 1;
  }

  /** Requests that were pruned: what each of them cost is not known any more. */
  #addPruned(task: Task, rollup: UsageRolledUp): void {
    const { by, where } = this.#query;
    const at = Date.parse(rollup.firstAt);
    const model = canonical(rollup.model ?? "");
    const keys = where.map(({ key }) => key);
    const asked = this.#valuesOf(rollup, rollup.model, at, keys);
    const isWanted = where.every((condition, index) => holds(condition, asked[index] ?? null));
    const candidate = { at, model, values: this.#valuesOf(rollup, model, at, by), isWanted };
    task.first = task.first === null ? candidate : earlier(candidate, task.first);
    task.atUnknownCost += rollup.requests;
  }

  #addWithoutOutcome(name: string, { usd, isBilled }: CostOfRow): void {
    const sum = this.#withoutOutcome;
    if (this.#unfinished.size < Math.max(WITHOUT_OUTCOME_MAX, this.#tasks.size)) this.#unfinished.add(name);
    else sum.more ||= !this.#unfinished.has(name);
    if (isBilled) sum.requests += 1;
    if (usd === null) sum.atUnknownCost += 1;
    else sum.usd += usd;
  }

  #valuesOf(
    context: RequestContext,
    model: string | null,
    at: Instant,
    keys: readonly GroupKey[],
  ): FirstRequest["values"] {
    return keys.map((key) => {
      if (key === "model") return model;
      return isContextKey(key) ? contextValue(context, key) : this.#calendar[key](at);
    });
  }

  #isInPeriod({ outcome: { occurredAt } }: Task): boolean {
    const { since, until } = this.#query;
    const at = Date.parse(occurredAt);
    return (since === null || at >= since) && (until === null || at < until);
  }
}

/** The earlier of two requests; of two of one instant the same one in whatever order they come. */
function earlier(a: FirstRequest, b: FirstRequest): FirstRequest {
  if (a.at !== b.at) return a.at < b.at ? a : b;
  const key = ({ model, values, isWanted }: FirstRequest): string => JSON.stringify([model, values, isWanted]);
  return key(a) < key(b) ? a : b;
}

interface CostOfRow {
  /** Picodollars; null where not known. */
  readonly usd: bigint | null;
  /** Whether it is a response that is billed to the ledger's owner. */
  readonly isBilled: boolean;
  readonly isLowerBound: boolean;
}

const FREE: CostOfRow = { usd: 0n, isBilled: false, isLowerBound: false };
const UNKNOWN: CostOfRow = { usd: null, isBilled: false, isLowerBound: false };

function costIn(rows: RequestRows, priceOf: (row: number) => number | bigint | null): (row: number) => CostOfRow {
  const terms = Array.from({ length: rows.terms.length }, (_, index) => rows.terms.at(index));
  return (row) => {
    const term = terms[rows.termsOf[row] ?? 0];
    if (term === undefined || term.kind === "failed") return term?.cost === "free" ? FREE : UNKNOWN;
    if (term.billedTo !== "self") return FREE;
    const price = priceOf(row);
    return { usd: price === null ? null : BigInt(price), isBilled: true, isLowerBound: term.output === "lower-bound" };
  };
}

/** The model that was asked, by the name that rate cards have for it. */
function modelAt(rows: RequestRows, row: number): string {
  const { requestedModel, servedModel }: RowTerms = rows.terms.at(rows.termsOf[row] ?? 0);
  const model = requestedModel ?? servedModel ?? "";
  return canonical(model);
}

function canonical(model: string): string {
  return matchModel(model)?.model ?? model;
}

function sentAt(rows: RequestRows, row: number): number {
  const startedAt = rows.startedAt[row] ?? NaN;
  return Number.isNaN(startedAt) ? (rows.occurredAt[row] ?? 0) : startedAt;
}
