import {
  convertUsage,
  costOf,
  eventIdOf,
  isEventOf,
  listPriceBook,
  loadParseEvent,
  promptTokens,
  ratio,
  sum,
  totalTokens,
  type Money,
  type RequestCompleted,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { EXAMPLE_NOW, exampleEvents } from "../../packages/advisor/src/example/example-ledger.ts";
import { EXAMPLE_SEED, exampleTraffic } from "../../packages/advisor/src/example/example-traffic.ts";
import { EXAMPLE_TRUTH } from "../../packages/advisor/src/example/example-truth.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const USD = 10 ** 12;
const book = listPriceBook();
const events = exampleEvents();
const completed = events.filter((event) => isEventOf(event, "RequestCompleted"));
const failed = events.filter((event) => isEventOf(event, "RequestFailed"));

describe("the example ledger", () => {
  it("is the same, byte for byte, for the same seed", () => {
    expect(JSON.stringify(exampleEvents({ seed: EXAMPLE_SEED })) === JSON.stringify(events)).toBe(true);
  });

  it("shares no event with the ledger of another seed", () => {
    const ids = new Set(events.map(({ id }) => id));
    expect(exampleEvents({ seed: 2 }).some(({ id }) => ids.has(id))).toBe(false);
  });

  it("names every fact once, by the ids the API gave it", () => {
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    expect(completed.every(({ id, ids }) => id === eventIdOf(ids))).toBe(true);
  });

  it("marks every event as an example", () => {
    expect([...completed, ...failed].every(({ sources }) => sources.join() === "example")).toBe(true);
  });

  it("holds events that the ledger's own schema accepts unchanged", async () => {
    const parseEvent = await loadParseEvent();
    const sample = [...failed, ...completed.filter((_, index) => index % 101 === 0)];
    expect(sample.map((event) => parseEvent(JSON.parse(JSON.stringify(event))))).toEqual(sample);
  });

  it("fills thirty full days before its now, in order of completion", () => {
    const days = new Set(completed.map(({ occurredAt }) => occurredAt.slice(0, 10)));
    expect([...days].sort()).toEqual(
      Array.from({ length: 30 }, (_, day) => new Date(EXAMPLE_NOW - (30 - day) * DAY_MS).toISOString().slice(0, 10)),
    );
    expect(events.every((event, index) => event.occurredAt >= (events[index - 1]?.occurredAt ?? ""))).toBe(true);
    expect(events.every(({ occurredAt }) => Date.parse(occurredAt) < EXAMPLE_NOW)).toBe(true);
  });

  it("reports a start, a first token and an end, in that order, for every response", () => {
    const ordered = completed.every(
      ({ timing: { startedAt, firstTokenAt }, occurredAt }) =>
        startedAt !== null && firstTokenAt !== null && startedAt < firstTokenAt && firstTokenAt < occurredAt,
    );
    expect(ordered).toBe(true);
  });

  it("holds usage that is what converting its raw object gives, one bucket set per prompt sent", () => {
    const odd = completed.filter(
      ({ usage }) =>
        usage.notes.length > 0 ||
        usage.parts.length !== 1 ||
        JSON.stringify(convertUsage(usage.raw).usage) !== JSON.stringify(usage),
    );
    expect(odd).toEqual([]);
    const sent = exampleTraffic(EXAMPLE_SEED).flatMap(({ request }) => request.prompt);
    expect(total(completed.map(({ usage }) => promptTokens(totalTokens(usage))))).toBe(
      total(sent.map(({ tokens }) => tokens)),
    );
  });

  it("declares exactly the breakpoints its prompts have", () => {
    const wrong = exampleTraffic(EXAMPLE_SEED).filter(({ service, request }) => {
      const sent = request.prompt.flatMap(({ section, breakpoint }) =>
        breakpoint === null ? [] : [{ section, ttl: breakpoint }],
      );
      return JSON.stringify(sent) !== JSON.stringify(service.shape.cacheBreakpoints);
    });
    expect(wrong).toEqual([]);
  });

  it("keeps a conversation in one process", () => {
    const processes = new Map<string, Set<string>>();
    for (const { context } of completed) {
      if (context.session === null) continue;
      const seen = processes.get(context.session) ?? new Set();
      processes.set(context.session, seen.add(`${String(context.host)} ${String(context.release)}`));
    }
    expect(processes.size).toBeGreaterThan(1_000);
    expect([...processes.values()].every(({ size }) => size === 1)).toBe(true);
  });

  it("stays small enough to be made at every start", () => {
    expect(completed.length).toBeGreaterThan(20_000);
    expect(completed.length).toBeLessThan(40_000);
  });
});

describe("the example's spend", () => {
  const costs = new Map<string, Money[]>();
  for (const event of completed) {
    const cost = costOf(event.usage, event.servedModel, Date.parse(event.occurredAt), book).total;
    if (cost === null) continue;
    const service = String(event.context.service);
    const known = costs.get(service);
    if (known === undefined) costs.set(service, [cost]);
    else known.push(cost);
  }

  it("is about thirty thousand dollars", () => {
    const usd = Number(sum([...costs.values()].flat())) / USD;
    expect(usd).toBeGreaterThan(25_000);
    expect(usd).toBeLessThan(35_000);
  });

  it.each([
    ["rag-answers", 10_000, 14_000],
    ["nightly-digest", 6_000, 8_000],
    ["doc-review", 5_000, 8_000],
    ["support-chat", 1_400, 2_400],
    ["ticket-search", 1_100, 1_900],
    ["code-agent", 350, 800],
    ["doc-extract", 5, 20],
    ["invoice-extract", 0.2, 2],
  ])("of %s lies between %d and %d dollars", (service, low, high) => {
    const usd = Number(sum(costs.get(service) ?? [])) / USD;
    expect(usd).toBeGreaterThan(low);
    expect(usd).toBeLessThan(high);
  });

  it("covers every service whose truth is known, and no other", () => {
    expect([...costs.keys()].sort()).toEqual(Object.keys(EXAMPLE_TRUTH).sort());
  });

  it("leaves 41 responses of a gateway's own model without a price", () => {
    const unpriced = completed.filter(
      ({ servedModel, usage, occurredAt }) => costOf(usage, servedModel, Date.parse(occurredAt), book).total === null,
    );
    expect(unpriced.map(({ servedModel }) => servedModel)).toEqual(
      Array.from({ length: 41 }, () => "claude-internal-canary"),
    );
  });
});

describe("the example's services", () => {
  const of = (service: string): RequestCompleted[] =>
    completed.filter(
      ({ context, servedModel }) => context.service === service && servedModel !== "claude-internal-canary",
    );
  const tokens = (service: string, bucket: "cacheRead" | "cacheWrite5m" | "cacheWrite1h"): number =>
    total(of(service).map(({ usage }) => totalTokens(usage)[bucket]));
  const prompts = (service: string): number => total(of(service).map(({ usage }) => promptTokens(totalTokens(usage))));

  it("write the RAG contexts for an hour and read about 3 % of them", () => {
    const read = tokens("rag-answers", "cacheRead") / tokens("rag-answers", "cacheWrite1h");
    expect(read).toBeGreaterThan(0.02);
    expect(read).toBeLessThan(0.04);
    expect(tokens("rag-answers", "cacheWrite5m")).toBe(0);
  });

  it("let the code agent read at least 95 % of its prompt", () => {
    expect(tokens("code-agent", "cacheRead") / prompts("code-agent")).toBeGreaterThan(0.95);
  });

  it("let the document review write nearly all of its prompt anew", () => {
    expect(tokens("doc-review", "cacheWrite5m") / prompts("doc-review")).toBeGreaterThan(0.85);
  });

  it("run the digest between two and four at night, without caching or sessions", () => {
    const digests = of("nightly-digest");
    expect(new Set(digests.map(({ timing }) => String(timing.startedAt).slice(11, 13)))).toEqual(new Set(["02", "03"]));
    expect(tokens("nightly-digest", "cacheRead") + tokens("nightly-digest", "cacheWrite5m")).toBe(0);
    expect(digests.every(({ context }) => context.session === null)).toBe(true);
  });

  it("use a model that is about to be retired for document extraction only", () => {
    const retiring = completed.filter(({ servedModel }) => servedModel === "claude-sonnet-4-5-20250929");
    expect(retiring).toEqual(of("doc-extract"));
    expect(retiring.length).toBeGreaterThan(100);
  });
});

describe("the example's failures", () => {
  it("are a few free refusals and one timeout of unknown cost", () => {
    const free = failed.filter(({ cost }) => cost === "free");
    expect(new Set(free.map(({ status }) => status))).toEqual(new Set([429, 529]));
    expect(free.length).toBeGreaterThan(5);
    expect(free.length).toBeLessThan(60);
    expect(failed.filter(({ cost }) => cost === "unknown").map(({ status, errorType }) => [status, errorType])).toEqual(
      [[null, "timeout"]],
    );
  });

  it("each come before a second attempt that was answered", () => {
    expect(completed.filter(({ attempt }) => attempt === 1)).toHaveLength(failed.length);
  });

  it("are rare among all attempts", () => {
    expect(ratio(BigInt(failed.length) as Money, BigInt(events.length) as Money)).toBeLessThan(0.01);
  });
});

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
