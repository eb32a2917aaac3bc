import {
  addTokens,
  captureTimes,
  costOf,
  foldAccount,
  isCaptureMark,
  listPriceBook,
  rateCardToJson,
  money,
  NO_TOKENS,
  recordedUsageProjection,
  rowsOfAccount,
  sum,
  withPriceSets,
  ZERO,
  type Bill,
  type BillCostLine,
  type BillUsageLine,
  type KnownEvent,
  type LineItem,
  type PriceBook,
  type RequestCompleted,
} from "@farthing/ledger";
import {
  granularityOf,
  reconcile,
  RECORDED_BY,
  rowEvidence,
  type Evidence,
  type Reconciliation,
} from "@farthing/advisor";
import { aCaptureStarted, aPriceSet, aRequestCompleted, aUsage } from "../support/builders.ts";

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(`${text}:00.000Z`);

export const OCTOBER = { from: at("2026-10-01T00:00"), until: at("2026-11-01T00:00") };
const OFF = { from: at("2026-10-10T06:00"), until: at("2026-10-10T12:00") };

/** A call as it really was, and what became of it in the ledger. */
export interface Call {
  readonly event: RequestCompleted;
  /** When the bill counts it. */
  readonly billedAt: number;
  readonly service: keyof typeof SERVICES;
}

/** Four services: one is never attached, one is priced wrong, one sends batches. */
const SERVICES = {
  rag: { model: "claude-opus-5", workspace: "wrkspc_prod", tier: "standard" },
  chat: { model: "claude-haiku-4-5", workspace: "wrkspc_prod", tier: "standard" },
  digest: { model: "claude-opus-5", workspace: "wrkspc_prod", tier: "batch" },
  workbench: { model: "claude-sonnet-4-6", workspace: "wrkspc_lab", tier: "standard" },
} as const;

/** A call of every service in every third hour of October, and a batch that ends in November. */
export function october(): readonly Call[] {
  const calls: Call[] = [];
  for (let hour = OCTOBER.from; hour < OCTOBER.until; hour += 3 * HOUR) {
    for (const service of Object.keys(SERVICES) as (keyof typeof SERVICES)[]) {
      const number = calls.length;
      const done = hour + 60_000 * (10 + (number % 40));
      // Items are done within the hour; the batch itself ends later, the last one in the next month.
      const isLast = hour + 3 * HOUR >= OCTOBER.until;
      const recordedAt = service === "digest" ? done + (isLast ? 4 : 1) * HOUR : done;
      calls.push({ service, billedAt: done, event: eventOf(service, number, done, recordedAt) });
    }
  }
  return calls;
}

function eventOf(service: keyof typeof SERVICES, number: number, done: number, recordedAt: number): RequestCompleted {
  const { model, workspace, tier } = SERVICES[service];
  const tokens = {
    uncachedInput: 900 + 7 * number,
    cacheWrite5m: number % 5 === 0 ? 4_000 : 0,
    cacheWrite1h: number % 7 === 0 ? 3_000 : 0,
    cacheRead: 11_000 + number,
    output: 333 + (number % 90),
  };
  const id = String(number);
  return aRequestCompleted({
    id: service === "digest" ? `batch:b${id}/item` : `msg:m${id}`,
    occurredAt: new Date(recordedAt).toISOString(),
    servedModel: model,
    usage: aUsage(tokens, {
      serviceTier: tier,
      inferenceGeo: "global",
      speed: "standard",
      webSearchRequests: number % 3,
    }),
    ids: { workspace, ...(service === "digest" ? { batch: `b${id}`, custom: "item" } : { message: `m${id}` }) },
    timing: { startedAt: new Date(done - 20_000).toISOString(), startedAtProvenance: "reported" },
    context: { service },
    labels: { "api-key": `apikey_${service}` },
  });
}

/** What a call costs in truth. */
export function linesOf({ event, billedAt }: Call): readonly LineItem[] {
  return costOf(event.usage, event.servedModel, billedAt, listPriceBook()).lines;
}

const TOKEN_TYPES: Readonly<Record<string, string>> = {
  uncachedInput: "uncached_input_tokens",
  cacheWrite5m: "cache_creation.ephemeral_5m_input_tokens",
  cacheWrite1h: "cache_creation.ephemeral_1h_input_tokens",
  cacheRead: "cache_read_input_tokens",
  output: "output_tokens",
};

/** A hundredth of a cent in picodollars, to which the bill rounds each of its rows. */
const UNIT = 100_000_000n;

export interface BillOptions {
  /** Hours the bill is told by. Default: 1. */
  readonly hours?: number;
  /** Whether usage is reported beside amounts. Default: true. */
  readonly withUsage?: boolean;
}

/** The bill of calls: by hour, model, tier, geography, speed, key and workspace; rounded; 14 % off list prices. */
export function billOf(calls: readonly Call[], { hours = 1, withUsage = true }: BillOptions = {}): Bill {
  const width = hours * HOUR;
  const cost = new Map<string, BillCostLine>();
  const usage = new Map<string, BillUsageLine>();
  for (const call of calls) {
    const from = Math.floor(call.billedAt / width) * width;
    const { model, workspace, tier } = SERVICES[call.service];
    const key = { api_key_id: `apikey_${call.service}`, workspace_id: workspace };
    const dimensions = { ...key, model, service_tier: tier, inference_geo: "global", speed: "standard" };
    const { tokens } = call.event.usage.parts[0] ?? { tokens: null };
    const { webSearchRequests } = call.event.usage;
    const time = { from, until: from + width, requests: null };
    const usageKey = JSON.stringify([from, dimensions]);
    const held = usage.get(usageKey);
    usage.set(usageKey, {
      ...time,
      kind: "analytics-usage",
      dimensions,
      tokens: addTokens(held?.tokens ?? NO_TOKENS, tokens ?? NO_TOKENS),
      webSearchRequests: (held?.webSearchRequests ?? 0) + webSearchRequests,
    });
    for (const { item, amount } of linesOf(call)) {
      const own =
        item === "webSearch"
          ? { ...key, cost_type: "web_search" }
          : { ...dimensions, cost_type: "tokens", token_type: TOKEN_TYPES[item] ?? "" };
      const costKey = JSON.stringify([from, own]);
      const list = sum([cost.get(costKey)?.list ?? ZERO, amount ?? ZERO]);
      cost.set(costKey, { ...time, kind: "analytics-cost", dimensions: own, list, billed: ZERO });
    }
  }
  const rounded = [...cost.values()].map((line) => {
    const list = money((((line.list ?? 0n) + UNIT / 2n) / UNIT) * UNIT);
    return { ...line, list, billed: money((list * 86n) / 100n) };
  });
  const names = ["api_key_id", "inference_geo", "model", "service_tier", "speed", "workspace_id"];
  const told = {
    covered: [OCTOBER],
    incomplete: [],
    groupedBy: names,
    leftOut: 0,
    refreshedAt: OCTOBER.until + 24 * HOUR,
  };
  const nothing = { ...told, covered: [], lines: [], refreshedAt: null };
  return {
    cost: { ...told, groupedBy: [...names, "cost_type", "token_type"], lines: rounded },
    usage: withUsage ? { ...told, lines: [...usage.values()] } : nothing,
    stated: [],
  };
}

/** What the ledger recorded of calls. */
export function recordedOf(calls: readonly Call[]): readonly KnownEvent[] {
  const captured = calls.filter(
    ({ service, billedAt }) =>
      service !== "workbench" && !(service === "rag" && billedAt >= OFF.from && billedAt < OFF.until),
  );
  const mark = { context: { service: "rag", host: "h1" } };
  return [
    ...captured.map(({ event }) => event),
    aCaptureStarted({ ...mark, id: "on:1", occurredAt: "2026-09-30T00:00:00.000Z" }),
    {
      ...aCaptureStarted({ ...mark, id: "off:1", occurredAt: new Date(OFF.from).toISOString() }),
      type: "CaptureStopped",
    },
    aCaptureStarted({ ...mark, id: "on:2", occurredAt: new Date(OFF.until).toISOString() }),
  ];
}

/** The book of somebody who believes that output of Haiku 4.5 costs $3 more than it does. */
export function wrongBook(): PriceBook {
  const found = listPriceBook().rateCardAt("claude-haiku-4-5", OCTOBER.from);
  if ("reason" in found) throw new Error("Haiku 4.5 had a price in October");
  const card = rateCardToJson(found.card);
  const wrong = { ...card, rates: card.rates && { ...card.rates, output: "8" } };
  return withPriceSets(listPriceBook(), [aPriceSet({ card: wrong, occurredAt: "2025-10-01T00:00:00.000Z" })]).book;
}

/** Holds a bill against what was recorded, as the command does. */
export async function reconciled(
  bill: Bill,
  events: readonly KnownEvent[],
  book: PriceBook = listPriceBook(),
  discountPercent: string | null = null,
  known: Partial<Pick<Evidence, "unreadBatches">> = {},
): Promise<Reconciliation> {
  const batch = rowsOfAccount(foldAccount(events));
  const by = [granularityOf(bill), ...RECORDED_BY] as const;
  const state = recordedUsageProjection({ by, where: [], since: null, until: null, timeZone: "UTC", book }).newState();
  state.add(batch);
  const marks = events.filter(isCaptureMark);
  const rows = (async function* () {
    yield batch;
  })();
  const evidence = await rowEvidence(rows, OCTOBER, granularityOf(bill), () => null);
  return reconcile({
    period: OCTOBER,
    bill,
    recorded: state.result(),
    evidence: {
      ...evidence,
      captures: captureTimes(marks, () => OCTOBER.until),
      dropped: [],
      unreadBatches: [],
      ...known,
    },
    discountPercent,
  });
}
