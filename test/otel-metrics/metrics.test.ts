import { readFileSync } from "node:fs";
import { join } from "node:path";
import { budget } from "@farthing/adapters/budget";
import { openEventWriter } from "@farthing/adapters/event-writer";
import {
  ATTRIBUTES,
  LABEL_PREFIX,
  METRICS,
  recordMetrics,
  type EventSink,
  type MeteredSink,
  type MetricMeter,
  type RecordMetricsOptions,
} from "@farthing/adapters/otel-metrics";
import { openLedger, type LedgerEvent } from "@farthing/ledger";
import { metrics, type Meter } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { describe, expect, expectTypeOf, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aPriceSet, aRequestCompleted, aRequestFailed, aRequestInterrupted, aUsage } from "../support/builders.ts";
import { REPOSITORY } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

interface Point {
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The sum of a counter or of a histogram. */
  readonly sum: number;
  /** How many measurements a histogram has. */
  readonly count: number | null;
}

interface Metered {
  readonly sink: MeteredSink;
  readonly recorded: readonly LedgerEvent[];
  /** The points of a metric, after everything was exported. */
  readonly points: (metric: keyof typeof METRICS) => Promise<readonly Point[]>;
}

/** Sink and meter in memory. */
async function metered(options: Partial<RecordMetricsOptions> = {}, into?: EventSink): Promise<Metered> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
  });
  const recorded: LedgerEvent[] = [];
  const kept: EventSink = {
    record: (event) => void recorded.push(event),
    flush: () => Promise.resolve(),
    fingerprintKey: () => Promise.resolve(null),
    settings: { read: () => Promise.resolve({ personalLabels: [] }) },
  };
  const sink = await recordMetrics(into ?? kept, { meter: provider.getMeter("shop"), ...options });
  return {
    sink,
    recorded,
    async points(metric) {
      await provider.forceFlush();
      const newest =
        exporter
          .getMetrics()
          .at(-1)
          ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
      const { name, unit } = METRICS[metric];
      return newest
        .filter(({ descriptor }) => descriptor.name === name && descriptor.unit === unit)
        .flatMap(({ dataPoints }): readonly Point[] =>
          dataPoints.map(({ attributes, value }) =>
            typeof value === "number"
              ? { attributes, sum: value, count: null }
              : { attributes, sum: ("sum" in value ? value.sum : undefined) ?? NaN, count: value.count },
          ),
        );
    },
  };
}

/** The sum of all points, in picodollars where they are dollars. */
function picodollars(points: readonly Point[]): number {
  return Math.round(points.reduce((total, { sum }) => total + sum, 0) * 1e12);
}

const SHOP = { context: { service: "shop" }, labels: { feature: "search", user: "ada@example.com" } };

describe("metrics of what is recorded", () => {
  it("come to the cost and the tokens of calls, worked by hand", async () => {
    const { sink, points, recorded } = await metered();
    const usage = aUsage({ uncachedInput: 1_000, cacheWrite5m: 200, cacheRead: 4_000, output: 100 });
    const events = ["msg:1", "msg:2"].map((id) => aRequestCompleted({ id, usage, ...SHOP }));
    for (const event of events) sink.record(event);
    expect(recorded).toEqual(events);
    // On Opus 5, in millionths of a dollar: 1,000 at 5, 200 at 6.25, 4,000 at 0.5 and 100 at 25.
    expect(picodollars(await points("cost"))).toBe(2 * (5_000 + 1_250 + 2_000 + 2_500) * 1e6);
    const model = { [ATTRIBUTES.requestModel]: "claude-opus-5", [ATTRIBUTES.responseModel]: "claude-opus-5" };
    const common = {
      ...model,
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "anthropic",
      "farthing.service": "shop",
    };
    const tier = { "farthing.service_tier": "standard" };
    // Tokens of a prompt are all of them, those of the cache included.
    expect(await points("tokenUsage")).toEqual([
      { attributes: { ...common, ...tier, "gen_ai.token.type": "input" }, sum: 2 * 5_200, count: 2 },
      { attributes: { ...common, ...tier, "gen_ai.token.type": "output" }, sum: 200, count: 2 },
    ]);
    expect((await points("tokens")).map(({ attributes, sum }) => [attributes[ATTRIBUTES.bucket], sum])).toEqual([
      ["uncachedInput", 2_000],
      ["cacheWrite5m", 400],
      ["cacheRead", 8_000],
      ["output", 200],
    ]);
    // From 9:59:58 to 10:00:00.
    expect(await points("duration")).toEqual([{ attributes: { ...common, ...tier }, sum: 4, count: 2 }]);
    expect([await points("unpriced"), await points("unanswered")]).toEqual([[], []]);
  });

  it("count what has no price, and what may have been billed unseen, and never as 0", async () => {
    const { sink, points } = await metered();
    sink.record(aRequestCompleted({ servedModel: "claude-haiku-9" }));
    sink.record(aRequestFailed({ id: "req:1", cost: "unknown", errorType: "timeout" }));
    sink.record(aRequestFailed({ id: "req:2" }));
    sink.record(aRequestCompleted({ id: "msg:theirs", billedTo: "nobody" }));
    expect(await points("cost")).toEqual([]);
    expect(await points("unpriced")).toMatchObject([{ sum: 1, attributes: { [ATTRIBUTES.reason]: "unknown-model" } }]);
    expect(await points("unanswered")).toMatchObject([{ sum: 1, attributes: { "error.type": "timeout" } }]);
    const durations = (await points("duration")).map(({ attributes }) => attributes["error.type"]);
    expect(durations).toHaveLength(4);
    expect(new Set(durations)).toEqual(new Set(["overloaded_error", "timeout", undefined]));
  });

  it("count a response that is seen twice once", async () => {
    const { sink, points, recorded } = await metered();
    const event = aRequestCompleted({});
    for (const seen of [event, event, { ...event, sources: ["otel"] }]) sink.record(seen);
    expect(recorded).toHaveLength(3);
    // 100 tokens at $5 and 10 at $25 a million.
    expect(picodollars(await points("cost"))).toBe(750 * 1e6);
    expect((await points("duration")).map(({ count }) => count)).toEqual([1]);
  });

  it("end when they are stopped, and recording goes on", async () => {
    const { sink, points, recorded } = await metered();
    sink.record(aRequestCompleted({ id: "msg:1" }));
    sink.stop();
    sink.record(aRequestCompleted({ id: "msg:2" }));
    expect(recorded).toHaveLength(2);
    expect(picodollars(await points("cost"))).toBe(750 * 1e6);
  });

  it("say which costs are a lower bound, and which cloud was asked", async () => {
    const { sink, points } = await metered();
    sink.record(aRequestInterrupted({ id: "msg:1" }));
    sink.record(aRequestCompleted({ id: "msg:2", requestedModel: "us.anthropic.claude-opus-5-v1:0" }));
    const told = (await points("cost")).map(({ attributes }) => [
      attributes[ATTRIBUTES.output],
      attributes[ATTRIBUTES.provider],
    ]);
    expect(told).toEqual([
      ["lower-bound", "anthropic"],
      ["final", "aws.bedrock"],
    ]);
  });

  it("have no duration of what was not timed, or waited in a batch", async () => {
    const { sink, points } = await metered();
    sink.record(aRequestCompleted({ id: "msg:1", timing: { startedAt: null, startedAtProvenance: "missing" } }));
    sink.record(aRequestCompleted({ id: "msg:2", timing: { startedAtProvenance: "estimated" } }));
    sink.record(aRequestCompleted({ id: "msg:3", ids: { batch: "msgbatch_1" } }));
    expect(await points("duration")).toEqual([]);
    expect((await points("tokenUsage")).map(({ count }) => count)).toEqual([3, 3]);
  });
});

describe("sums of costs", () => {
  it("are exact until they are exported, however many there are", async () => {
    const { sink, points } = await metered();
    // $0.0000005 each, of which floating point has none: added up as such, 2,000 of them are not 0.001.
    const usage = aUsage({ cacheRead: 1 });
    for (let index = 0; index < 2_000; index += 1) sink.record({ ...aRequestCompleted({}), id: String(index), usage });
    expect((await points("cost")).map(({ sum }) => sum)).toEqual([0.001]);
  });
});

describe("attributes of metrics", () => {
  it("and metrics themselves are all in the guide", () => {
    const guide = readFileSync(join(REPOSITORY, "docs/guides/attach-more.md"), "utf8");
    const names = [...Object.values(METRICS).map(({ name }) => name), ...Object.values(ATTRIBUTES), LABEL_PREFIX];
    expect(names.filter((name) => !guide.includes(`\`${name}`))).toEqual([]);
  });

  it("are no labels but those that were asked for", async () => {
    const { sink, points } = await metered({ labels: ["feature", "toString"] });
    sink.record(aRequestCompleted(SHOP));
    const attributes = (await points("cost"))[0]?.attributes ?? {};
    expect(attributes[`${LABEL_PREFIX}feature`]).toBe("search");
    expect(Object.keys(attributes).filter((name) => name.startsWith(LABEL_PREFIX))).toEqual([`${LABEL_PREFIX}feature`]);
    expect(JSON.stringify(attributes)).not.toContain("ada@");
  });

  it("are never labels that the ledger holds for personal", async () => {
    await using ledger = await openLedger(await aLedger([]), { mode: "write" });
    await ledger.settings.patch({ personalLabels: ["user"] });
    await expect(metered({ labels: ["feature", "user"] }, ledger)).rejects.toThrow(
      "personal labels cannot be attributes of metrics: user; leave them out of `labels`",
    );
    using watch = budget({ ledger, usd: "50", per: "day" });
    const { sink } = await metered({ labels: ["feature"] }, watch.watch(ledger));
    for (const into of [watch.watch(ledger), sink, watch.watch(sink)]) {
      await expect(metered({ labels: ["user"] }, into)).rejects.toThrow("personal labels cannot be attributes");
    }
  });

  it("are no labels at all where it is not known which are personal", async () => {
    const path = join(temporaryFolder(), "events.ndjson");
    const labels = ["feature"];
    await using blind = openEventWriter({ path });
    await metered({}, blind);
    await expect(metered({ labels }, blind)).rejects.toThrow(
      "labels cannot be attributes of metrics where it is not known which are personal: feature; give `recordMetrics` " +
        "a ledger, or an event writer with `personalLabels`, or leave out `labels`",
    );
    await using knowing = openEventWriter({ path, key: "0".repeat(64), personalLabels: ["user"] });
    await metered({ labels }, knowing);
    await expect(metered({ labels: ["user"] }, knowing)).rejects.toThrow("personal labels cannot be attributes");
  });

  it("have at most 100 values, and one for all others", async () => {
    const { sink, points } = await metered({ labels: ["feature"] });
    for (let index = 0; index < 150; index += 1) {
      sink.record(aRequestCompleted({ id: `msg:${String(index)}`, labels: { feature: String(index) } }));
    }
    const features = (await points("cost")).map(({ attributes }) => attributes[`${LABEL_PREFIX}feature`]);
    expect(features).toHaveLength(101);
    expect(features).toContain("(other)");
    expect(picodollars(await points("cost"))).toBe(150 * 750 * 1e6);
  });
});

describe("a meter", () => {
  it("is one of OpenTelemetry's", () => {
    expectTypeOf<Meter>().toExtend<MetricMeter>();
    expect(metrics.getMeter("shop")).toBeDefined();
  });

  it("that throws, at once or later, does not reach the caller", async () => {
    const refuse = (): never => {
      throw new Error("no");
    };
    const meters: readonly MetricMeter[] = [
      { createHistogram: refuse, createObservableCounter: refuse },
      {
        createHistogram: () => ({ record: refuse }),
        createObservableCounter: () => ({ addCallback: () => undefined }),
      },
    ];
    for (const meter of meters) {
      const heard: unknown[] = [];
      const onError = (error: unknown): void => {
        heard.push(error);
        throw error;
      };
      const { sink, recorded } = await metered({ meter, onError });
      sink.record(aRequestCompleted({}));
      expect(recorded).toHaveLength(1);
      expect(heard).toEqual([new Error("no")]);
    }
  });
});

describe("a ledger that is measured", () => {
  it("records as ever, is priced with prices of its own, and can be watched by a budget", async () => {
    const rates = { uncachedInput: "1", cacheWrite5m: "1", cacheWrite1h: "1", cacheRead: "1", output: "10" };
    const rest = { usGeography: false, regionalPremium: false, source: "annex 2", checkedOn: "2026-01-01" };
    const card = { model: "claude-haiku-9", effectiveFrom: "2026-01-01", rates, ...rest };
    await using ledger = await openLedger(await aLedger([aPriceSet({ card })]), { mode: "write" });
    const { sink, points } = await metered({}, ledger);
    using watch = budget({ ledger, usd: "50", per: "day", now: () => Date.parse("2026-10-01T12:00:00Z") });
    watch.watch(sink).record(aRequestCompleted({ servedModel: "claude-haiku-9" }));
    await sink.flush();
    // 100 tokens at $1 and 10 at $10 a million.
    expect(picodollars(await points("cost"))).toBe(200 * 1e6);
    const watched = await metered({}, watch.watch(ledger));
    watched.sink.record(aRequestCompleted({ servedModel: "claude-haiku-9" }));
    expect(picodollars(await watched.points("cost"))).toBe(200 * 1e6);
    await watched.sink.flush();
    expect((await ledger.spend()).total.usd).toBe(200_000_000n);
    expect(await sink.fingerprintKey()).toEqual(await ledger.fingerprintKey());
  });
});
