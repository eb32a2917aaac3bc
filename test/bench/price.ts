import { costOf, listPriceBook, parseInstant, totalCostOf, type Usage } from "@farthing/ledger";
import type { Benchmark } from "./benchmark.ts";
import { inTurns } from "./measure.ts";
import { figure, table, times } from "./show.ts";

/** The part of genai-prices that is used. */
interface GenaiPrices {
  calcPrice(
    usage: Readonly<Record<string, number>>,
    model: string,
    options?: { readonly providerId?: string },
  ): { readonly total_price: number } | null;
}

const MODEL = "claude-opus-4-5";
const AT = parseInstant("2026-10-01T10:00:00Z");
const CALLS = { farthing: 300_000, genai: 20_000 };

/** The price of one call: its total alone, and with all of its line items. */
export const priceBenchmark: Benchmark = {
  name: "price",
  title: "Price of one call",
  async run(context) {
    const genai = await context.rivals.load<GenaiPrices>("@pydantic/genai-prices");
    const book = listPriceBook();
    const usages = Array.from({ length: 1_000 }, (_, index) => usageOf(index));
    const theirs = usages.map(({ parts: [part] }) => ({
      input_tokens:
        (part?.tokens.uncachedInput ?? 0) + (part?.tokens.cacheWrite5m ?? 0) + (part?.tokens.cacheRead ?? 0),
      cache_write_tokens: part?.tokens.cacheWrite5m ?? 0,
      cache_read_tokens: part?.tokens.cacheRead ?? 0,
      output_tokens: part?.tokens.output ?? 0,
    }));
    let sum = 0;
    const nanoseconds = await inTurns(context.rounds, {
      total: () =>
        perCall(CALLS.farthing, (index) => {
          sum += totalCostOf(usages[index % 1_000] ?? usageOf(0), MODEL, AT, book) === null ? 0 : 1;
        }),
      farthing: () =>
        perCall(CALLS.farthing, (index) => {
          sum += costOf(usages[index % 1_000] ?? usageOf(0), MODEL, AT, book).lines.length;
        }),
      genai: () =>
        genai === null
          ? NaN
          : perCall(CALLS.genai, (index) => {
              sum += genai.calcPrice(theirs[index % 1_000] ?? {}, MODEL, { providerId: "anthropic" })?.total_price ?? 0;
            }),
    });
    const beside = (other: number): string[] => [figure(other), times(other, nanoseconds.total)];
    const rows = [
      ["farthing totalCostOf, exact", figure(nanoseconds.total), "1x"],
      ["farthing costOf, exact, with line items", ...beside(nanoseconds.farthing)],
      ["genai-prices calcPrice", ...beside(nanoseconds.genai)],
    ];
    for (const line of table([["", "ns", "to farthing"], ...rows])) context.print(line);
    context.found({
      row: "17",
      goal: "price of one call at most 50 ns",
      figure: `${figure(nanoseconds.total)} ns, ${figure(nanoseconds.farthing)} ns with line items, ${times(nanoseconds.genai, nanoseconds.total)} faster than genai-prices`,
      holds: nanoseconds.total <= 50,
    });
    // The sum is looked at, so that no call can be left out as unused.
    if (!Number.isFinite(sum)) context.print("a price was not a number");
  },
};

function usageOf(index: number): Usage {
  const tokens = {
    uncachedInput: 3 + index,
    cacheWrite5m: 500,
    cacheWrite1h: 0,
    cacheRead: 20_000 + index,
    output: 400,
  };
  return {
    parts: [{ kind: "response", iteration: null, model: null, tokens }],
    thinkingTokens: null,
    webSearchRequests: 0,
    webFetchRequests: 0,
    serviceTier: "standard",
    inferenceGeo: "global",
    speed: "standard",
    notes: [],
    raw: null,
  };
}

function perCall(calls: number, call: (index: number) => void): number {
  const startedAt = performance.now();
  for (let index = 0; index < calls; index += 1) call(index);
  return ((performance.now() - startedAt) * 1e6) / calls;
}
