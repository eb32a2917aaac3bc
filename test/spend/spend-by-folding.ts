import {
  addTokens,
  calendarOf,
  costOf,
  groupValue,
  matches,
  NO_TOKENS,
  totalTokens,
  type Cost,
  type RequestFailed,
  type RequestTotals,
  type ResponseRecorded,
  type SpendQuery,
  type SpendResult,
  type SpendTokens,
} from "@farthing/ledger";

/** Spend in the plainest way: every event priced by itself with `costOf`, one after the other. */
export function spendByFolding(
  events: readonly (ResponseRecorded | RequestFailed)[],
  query: SpendQuery,
): Omit<SpendResult, "rows" | "rerated"> & { readonly rows: ReadonlyMap<string, RequestTotals> } {
  const calendar = calendarOf(query.timeZone);
  const wanted = events.filter(matches(query, calendar));
  const responses = wanted.filter((event) => event.type !== "RequestFailed");
  const failures = wanted.filter((event) => event.type === "RequestFailed");
  const billed = responses
    .filter(({ billedTo }) => billedTo === "self")
    .map((event) => ({
      event,
      at: Date.parse(event.occurredAt),
      cost: costOf(event.usage, event.servedModel, Date.parse(event.occurredAt), query.book),
    }));
  const others = responses.filter(({ billedTo }) => billedTo !== "self");
  const groups = groupBy(billed, ({ event }) =>
    JSON.stringify(Object.fromEntries(query.by.map((key) => [key, groupValue(event, key, calendar)]))),
  );
  const unpriced = groupBy(
    billed.filter(({ cost }) => cost.reason !== null),
    ({ event, cost }) => `${event.servedModel}\n${cost.reason ?? ""}`,
  );
  const times = billed.map(({ at }) => at);
  const notional = totalsOf(billed.filter(({ cost }) => cost.notional));
  return {
    total: {
      ...totalsOf(billed),
      failed: failures.length,
      failedAtUnknownCost: failures.filter(({ cost }) => cost === "unknown").length,
    },
    rows: new Map(query.by.length === 0 ? [] : [...groups].map(([key, group]) => [key, totalsOf(group)])),
    unpriced: [...unpriced]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, group]) => {
        const [first] = group;
        if (first === undefined || first.cost.reason === null) return [];
        const { requests, tokens } = totalsOf(group);
        return [{ model: first.event.servedModel, reason: first.cost.reason, requests, tokens }];
      }),
    notBilled: { requests: others.length, tokens: tokensOf(others) },
    lowerBoundRequests: billed.filter(({ event }) => event.output === "lower-bound").length,
    notional: { requests: notional.requests, usd: notional.usd },
    sources: [...new Set(billed.flatMap(({ event }) => event.sources))].sort(),
    span: times.length === 0 ? null : { first: Math.min(...times), last: Math.max(...times) },
  };
}

/** By how much the bill of each model differs from what was known when each pass was made; 0 is left out. */
export function reratedByFolding(
  events: readonly (ResponseRecorded | RequestFailed)[],
  query: SpendQuery,
): ReadonlyMap<string, bigint> {
  const differences = new Map<string, bigint>();
  for (const event of events.filter(matches(query, calendarOf(query.timeZone)))) {
    if (event.type === "RequestFailed" || event.billedTo !== "self") continue;
    const at = Date.parse(event.occurredAt);
    if (costOf(event.usage, event.servedModel, at, query.book).total === null) continue;
    for (const part of event.usage.parts) {
      const usage = { ...event.usage, parts: [part], webSearchRequests: 0 };
      const [now, then] = [query.book, query.book.knownAt(at)].map(
        (book) => costOf(usage, event.servedModel, at, book).total,
      );
      if (typeof now !== "bigint" || typeof then !== "bigint" || now === then) continue;
      differences.set(event.servedModel, (differences.get(event.servedModel) ?? 0n) + now - then);
    }
  }
  return new Map([...differences].filter(([, difference]) => difference !== 0n));
}

/** The rows of a result, to be compared whatever their order. */
export function rowsByGroup(rows: SpendResult["rows"]): ReadonlyMap<string, RequestTotals> {
  return new Map(rows.map(({ by, ...totals }) => [JSON.stringify(by), totals]));
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function totalsOf(billed: readonly { readonly event: ResponseRecorded; readonly cost: Cost }[]): RequestTotals {
  return {
    usd: billed.reduce(
      (sum, { cost }) => (sum + (cost.total ?? 0n)) as RequestTotals["usd"],
      0n as RequestTotals["usd"],
    ),
    requests: billed.length,
    unpricedRequests: billed.filter(({ cost }) => cost.total === null).length,
    tokens: tokensOf(billed.map(({ event }) => event)),
  };
}

function tokensOf(responses: readonly ResponseRecorded[]): SpendTokens {
  return {
    ...responses.reduce((sum, { usage }) => addTokens(sum, totalTokens(usage)), NO_TOKENS),
    thinking: responses.reduce((sum, { usage }) => sum + (usage.thinkingTokens ?? 0), 0),
  };
}
