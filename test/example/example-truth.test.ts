import { costOf, formatUsd, isEventOf, listPriceBook, money, sum, type Money } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { exampleEvents } from "../../packages/advisor/src/example/example-ledger.ts";
import type { ExampleServiceName } from "../../packages/advisor/src/example/example-service.ts";
import { EXAMPLE_TRUTH, trueSaving, type ExampleChange } from "../../packages/advisor/src/example/example-truth.ts";

const book = listPriceBook();
const responses = exampleEvents().filter((event) => isEventOf(event, "RequestCompleted"));
const SERVICES = Object.keys(EXAMPLE_TRUTH) as ExampleServiceName[];
const CACHE_CHANGES = ["stop-caching", "cache-ttl-5m", "cache-ttl-1h"] as const;

function spent(service?: ExampleServiceName): Money {
  return sum(
    responses
      .filter(({ context }) => service === undefined || context.service === service)
      .map(
        ({ usage, servedModel, occurredAt }) =>
          costOf(usage, servedModel, Date.parse(occurredAt), book).total ?? money(0n),
      ),
  );
}

/** Savings below 1 % of all spend are not worth a line. */
const MATERIAL = spent() / 100n;

function changeOf(service: ExampleServiceName, strategy: string): ExampleChange {
  const change = EXAMPLE_TRUTH[service].find((candidate) => candidate.strategy === strategy);
  if (change === undefined) throw new Error(`${service} has no ${strategy}`);
  return change;
}

describe("the true saving", () => {
  it.each(
    SERVICES.flatMap((service) => EXAMPLE_TRUTH[service].map((change) => [service, change.strategy, change] as const)),
  )("of %s by %s is worth a line", (service, _strategy, change) => {
    expect(trueSaving(service, [change], book)).toBeGreaterThan(MATERIAL);
  });

  it.each(SERVICES)("of %s is best with the advised change of caching, or with none", (service) => {
    const advised = EXAMPLE_TRUTH[service].find(({ strategy }) => CACHE_CHANGES.some((change) => change === strategy));
    const savings = CACHE_CHANGES.map((strategy) => ({ strategy, saving: trueSaving(service, [{ strategy }], book) }));
    const worthwhile = savings.filter(({ saving }) => saving > MATERIAL).sort((a, b) => (a.saving > b.saving ? -1 : 1));
    expect(worthwhile[0]?.strategy).toBe(advised?.strategy);
  });

  it("of what is done already is nothing", () => {
    expect(trueSaving("rag-answers", [{ strategy: "cache-ttl-1h" }], book)).toBe(0n);
    expect(trueSaving("code-agent", [{ strategy: "cache-ttl-5m" }], book)).toBe(0n);
    expect(trueSaving("nightly-digest", [{ strategy: "stop-caching" }], book)).toBe(0n);
    expect(trueSaving("invoice-extract", [], book)).toBe(0n);
  });

  it("of the digest's newer model is exactly a fifth: 4 and 20 dollars per million instead of 5 and 25", () => {
    const saving = trueSaving("nightly-digest", [changeOf("nightly-digest", "newer-model")], book);
    expect(formatUsd(money(saving * 5n))).toBe(formatUsd(spent("nightly-digest")));
  });

  it("of the digest in batches is exactly half, and three fifths with the newer model too", () => {
    const changes = EXAMPLE_TRUTH["nightly-digest"];
    const batched = trueSaving("nightly-digest", [changeOf("nightly-digest", "batch")], book);
    expect(formatUsd(money(batched * 2n))).toBe(formatUsd(spent("nightly-digest")));
    // 1 - 0.5 x 0.8.
    const both = trueSaving("nightly-digest", changes, book);
    expect(formatUsd(money(both * 5n))).toBe(formatUsd(money(spent("nightly-digest") * 3n)));
  });

  it("of a batch that reads a cache is not known", () => {
    expect(() => trueSaving("support-chat", [{ strategy: "batch" }], book)).toThrow(RangeError);
  });

  it("of not caching the RAG contexts is half of its writes, less what reading them back had saved", () => {
    // Opus 4.8 in picodollars per token: one-hour write 10,000,000, input 5,000,000, read 500,000.
    const bySum = responses
      .filter(({ context }) => context.service === "rag-answers")
      .flatMap(({ usage }) => usage.parts)
      .reduce(
        (saving, { tokens }) =>
          saving + BigInt(tokens.cacheWrite1h) * 5_000_000n - BigInt(tokens.cacheRead) * 4_500_000n,
        0n,
      );
    expect(trueSaving("rag-answers", [{ strategy: "stop-caching" }], book)).toBe(bySum);
  });

  it("of two changes made together is less than the sum of each alone", () => {
    const changes = EXAMPLE_TRUTH["rag-answers"];
    const together = trueSaving("rag-answers", changes, book);
    const alone = changes.map((change) => trueSaving("rag-answers", [change], book));
    expect(together).toBeLessThan(sum(alone));
    expect(alone.every((saving) => saving < together)).toBe(true);
  });
});
