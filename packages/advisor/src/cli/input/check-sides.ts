import {
  askRows,
  inexactUsd,
  promptTokens,
  queryRequests,
  spendProjection,
  totalTokens,
  type Condition,
  type RequestRow,
  type SpendRow,
} from "@farthing/ledger";
import { standardError, type RatioSample, type SideSamples } from "../../compare/regressions.ts";
import { GATE_SAMPLE_MAX, RESAMPLING_DAYS_MIN } from "../../thresholds.ts";
import type { AskedSide } from "./compare-periods.ts";

/** What requests that may be alike come to. */
interface Sums {
  readonly usd: number;
  readonly priced: number;
  readonly cacheRead: number;
  readonly prompt: number;
}

/**
 * One side by what of it is independent: its sessions; of requests that belong to none, the single requests or the days,
 * whichever differ more, and where days are few the single requests.
 */
export async function sideSamples(side: AskedSide): Promise<SideSamples> {
  const { selection, period, spend } = side;
  const { view } = selection.contents;
  const range = { since: period?.since ?? null, until: period?.until ?? null };
  const query = { ...selection, ...range, by: ["session", "day"] as const };
  const { rows } = await askRows(spendProjection(query), view, null);
  const days = rows.filter(({ by }) => by["session"] === null);
  const sessions = bySession(rows.filter(({ by }) => by["session"] !== null));
  const byDay = days.length < RESAMPLING_DAYS_MIN ? [] : [days.map(sumsOfRow)];
  const partitions =
    days.length === 0 ? [sessions] : [await singles(side), ...byDay].map((all) => [...sessions, ...all]);
  const whole = sumsOfRow(spend.total);
  const widest = (numerator: keyof Sums, denominator: keyof Sums, responses: number): RatioSample =>
    partitions
      .map((all) => {
        const sampled = all.reduce((sum, each) => sum + each[denominator], 0);
        const ratio = ratioOf(whole[numerator], whole[denominator], sampled);
        return { ...ratio, responses, clusters: clustersOf(all, numerator, denominator) };
      })
      .reduce((a, b) => (standardError(b) > standardError(a) ? b : a));
  return {
    costs: widest("usd", "priced", whole.priced),
    hits: widest("cacheRead", "prompt", whole.prompt === 0 ? 0 : spend.total.requests),
  };
}

function ratioOf(numerator: number, denominator: number, sampled: number): Pick<RatioSample, "value" | "sampledShare"> {
  if (denominator === 0) return { value: null, sampledShare: 1 };
  return { value: numerator / denominator, sampledShare: sampled / denominator };
}

function clustersOf(all: readonly Sums[], numerator: keyof Sums, denominator: keyof Sums): RatioSample["clusters"] {
  return all
    .filter((sums) => sums[denominator] > 0)
    .map((sums) => ({ numerator: sums[numerator], denominator: sums[denominator] }));
}

/** The requests without a session, one by one, the earliest of them. */
async function singles({ selection, period }: AskedSide): Promise<readonly Sums[]> {
  const noSession: Condition = { key: "session", value: null };
  const { rows } = await queryRequests(selection.contents.view.batches({ details: true }), {
    ...selection,
    where: [...selection.where, noSession],
    since: period?.since ?? null,
    until: period?.until ?? null,
    sort: "time",
    limit: GATE_SAMPLE_MAX,
  });
  return rows.map(sumsOfRequest);
}

function sumsOfRequest({ response, cost }: RequestRow): Sums {
  const tokens = totalTokens(response.usage);
  return {
    usd: cost.total === null ? 0 : inexactUsd(cost.total),
    priced: cost.total === null ? 0 : 1,
    cacheRead: tokens.cacheRead,
    prompt: promptTokens(tokens),
  };
}

function sumsOfRow({ usd, requests, unpricedRequests, tokens }: Omit<SpendRow, "by">): Sums {
  return {
    usd: inexactUsd(usd),
    priced: requests - unpricedRequests,
    cacheRead: tokens.cacheRead,
    prompt: promptTokens(tokens),
  };
}

/** A session that runs past midnight is one. */
function bySession(rows: readonly SpendRow[]): readonly Sums[] {
  const sums = new Map<string | null, Sums>();
  for (const row of rows) {
    const session = row.by["session"] ?? null;
    sums.set(session, plus(sums.get(session) ?? NOTHING, sumsOfRow(row)));
  }
  return [...sums.values()];
}

const NOTHING: Sums = { usd: 0, priced: 0, cacheRead: 0, prompt: 0 };

function plus(a: Sums, b: Sums): Sums {
  return {
    usd: a.usd + b.usd,
    priced: a.priced + b.priced,
    cacheRead: a.cacheRead + b.cacheRead,
    prompt: a.prompt + b.prompt,
  };
}
