import { join } from "node:path";
import {
  formatUsd,
  isEventOf,
  listPriceBook,
  openLedger,
  rateCardToJson,
  type BoundedRange,
  type Ledger,
  type LedgerEvent,
  type Money,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { estimate, type EstimateOptions } from "../../packages/adapters/src/estimates/index.ts";
import { digestPrompt, fingerprintOf, promptHash } from "../../packages/adapters/src/prompts/index.ts";
import {
  aPlaceholder,
  aPriceSet,
  aRequestCompleted,
  aRequestFailed,
  aRequestInterrupted,
  aUsage,
  NO_SHAPE,
} from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const NOW = Date.UTC(2026, 9, 2);
const now = (): number => NOW;

/** 1,000 bytes of prompt. */
const PARAMS = {
  model: "claude-opus-5",
  max_tokens: 2_000,
  messages: [{ role: "user", content: "a".repeat(1_000) }],
};

/** A response to so many bytes of prompt, billed as so many tokens, with so much output. */
function answered(id: number, promptBytes: number, uncachedInput: number, output: number): LedgerEvent {
  return aRequestCompleted({
    id: `msg:${String(id)}`,
    ids: { message: String(id) },
    occurredAt: new Date(Date.UTC(2026, 9, 1, 0, id)).toISOString(),
    usage: aUsage({ uncachedInput, output }),
    request: { ...NO_SHAPE, promptBytes },
    labels: { job: id % 2 === 0 ? "even" : "odd" },
  });
}

/** Ten responses of 0.30, 0.31 to 0.39 tokens per byte, and of 100, 200 to 1,000 tokens of output. */
const TEN = Array.from({ length: 10 }, (_, index) => answered(index, 1_000, 300 + 10 * index, 100 * (index + 1)));

async function aLedgerOf(events: readonly LedgerEvent[]): Promise<Ledger> {
  const ledger = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true });
  await ledger.append(events);
  return ledger;
}

function counting(answer: number | Error, seen: unknown[] = []): NonNullable<EstimateOptions["client"]> {
  const countTokens = async (params: unknown): Promise<{ input_tokens: number }> => {
    seen.push(params);
    await Promise.resolve();
    if (answer instanceof Error) throw answer;
    return { input_tokens: answer };
  };
  return { messages: { countTokens } };
}

function decimals(usd: BoundedRange<Money> | null): Record<string, string | null> | null {
  return usd === null
    ? null
    : Object.fromEntries(
        Object.entries<Money | null>({ ...usd }).map(([name, value]) => [
          name,
          value === null ? null : formatUsd(value),
        ]),
      );
}

describe("an estimate with a client", () => {
  it("has the prompt as the counting endpoint says it, and the output as far as the request bounds it", async () => {
    const { basis, promptTokens, outputTokens, usd, reason } = await estimate(PARAMS, { client: counting(1_000), now });

    expect({ basis, promptTokens, outputTokens, reason }).toEqual({
      basis: "counted",
      promptTokens: { low: 1_000, expected: 1_000, high: 1_000 },
      outputTokens: { low: 0, expected: null, high: 2_000, bound: 2_000 },
      reason: null,
    });
    // Claude Opus 5 is $5 and $25 per million tokens: 1,000 x $5 = $0.005; 2,000 x $25 = $0.05 more.
    expect(decimals(usd)).toEqual({ low: "0.005", expected: null, high: "0.055", bound: "0.055" });
  });

  it("asks for what the endpoint takes, and for nothing else of the request", async () => {
    const seen: unknown[] = [];
    const system = "Be kind.";
    await estimate({ ...PARAMS, system, stream: true, metadata: { user_id: "u" } }, { client: counting(1, seen), now });

    expect(seen).toEqual([{ model: PARAMS.model, messages: PARAMS.messages, system }]);
  });

  it("asks the beta where the request is one", async () => {
    const seen: unknown[] = [];
    const client = { ...counting(new Error("not this one")), beta: counting(77, seen) };
    const { basis, promptTokens } = await estimate({ ...PARAMS, betas: ["a-beta"] }, { client, now });

    expect([basis, promptTokens.expected]).toEqual(["counted", 77]);
    expect(seen).toMatchObject([{ betas: ["a-beta"] }]);
  });

  it("goes on without it where it does not answer", async () => {
    const failed = await estimate(PARAMS, { client: counting(new Error("429")), now });
    const senseless = await estimate(PARAMS, { client: counting(NaN), now });

    expect([failed.basis, senseless.basis]).toEqual(["rule", "rule"]);
  });
});

describe("an estimate with a ledger", () => {
  it("learns the tokens of a byte and the output from requests of its model", async () => {
    await using ledger = await aLedgerOf(TEN);
    const { basis, promptTokens, outputTokens, usd } = await estimate(PARAMS, { ledger, now });

    expect({ basis, promptTokens, outputTokens }).toEqual({
      basis: "history",
      // The first, fifth and ninth of ten.
      promptTokens: { low: 300, expected: 340, high: 380 },
      outputTokens: { low: 100, expected: 500, high: 900, bound: 2_000 },
    });
    // 300 x $5 + 100 x $25 = $0.004; 340 x $5 + 500 x $25 = $0.0142; 380 x $5 + 900 x $25 = $0.0244;
    // each per million. One prompt of ten is longer than the ninth, so that nothing bounds it.
    expect(decimals(usd)).toEqual({ low: "0.004", expected: "0.0142", high: "0.0244", bound: null });
  });

  it("learns only from requests that are like it", async () => {
    await using ledger = await aLedgerOf(TEN);
    const where = [{ key: "label:job", value: "even" }] as const;
    const { promptTokens, outputTokens } = await estimate(PARAMS, { ledger, where, now });

    // 300, 320 to 380, and 100, 300 to 900: the first, third and fifth of five.
    expect(promptTokens).toEqual({ low: 300, expected: 340, high: 380 });
    expect(outputTokens).toEqual({ low: 100, expected: 500, high: 900, bound: 2_000 });
    expect((await estimate(PARAMS, { ledger, where: [{ key: "label:job", value: "none" }], now })).basis).toBe("rule");
    expect((await estimate({ ...PARAMS, model: "claude-haiku-4-5" }, { ledger, now })).basis).toBe("rule");
  });

  it("prefers prompts of about its size where there are enough", async () => {
    const long = Array.from({ length: 5 }, (_, index) => answered(20 + index, 100_000, 20_000, 10));
    await using ledger = await aLedgerOf([...TEN, ...long]);
    const huge = { ...PARAMS, messages: [{ role: "user", content: "a".repeat(80_000) }] };

    // 0.2 tokens a byte
    expect((await estimate(huge, { ledger, now })).promptTokens.expected).toBe(16_000);
    expect((await estimate(PARAMS, { ledger, now })).promptTokens.expected).toBe(340);
  });

  it("takes the tokens of images from the rule, beside the text", async () => {
    await using ledger = await aLedgerOf(TEN);
    const content = [
      { type: "text", text: "a".repeat(1_000) },
      { type: "image", source: { type: "file", file_id: "file_1" } },
    ];
    const { promptTokens } = await estimate({ ...PARAMS, messages: [{ role: "user", content }] }, { ledger, now });

    // An image of unknown size is 638 tokens; what its block says besides is a few bytes of text.
    expect(promptTokens.expected).toBeGreaterThanOrEqual(340 + 638);
    expect(promptTokens.expected).toBeLessThan(340 + 638 + 40);
  });

  it("does not learn from what was not answered in full, and of no answer is more than the request allows", async () => {
    const partial = Array.from({ length: 9 }, (_, index) => [
      aRequestInterrupted({ id: `msg:i${String(index)}`, ids: { message: `i${String(index)}` } }),
      aRequestFailed({ id: `req:f${String(index)}`, ids: { request: `f${String(index)}` } }),
      aPlaceholder({ id: `msg:p${String(index)}`, ids: { message: `p${String(index)}` } }),
      aRequestCompleted({ id: `msg:l${String(index)}`, ids: { message: `l${String(index)}` }, output: "lower-bound" }),
      aRequestCompleted({ id: `msg:n${String(index)}`, ids: { message: `n${String(index)}` }, billedTo: "nobody" }),
    ]);
    await using none = await aLedgerOf(partial.flat());
    await using ledger = await aLedgerOf(TEN);

    expect((await estimate(PARAMS, { ledger: none, now })).outputTokens.expected).toBeNull();
    expect((await estimate({ ...PARAMS, max_tokens: 300 }, { ledger, now })).outputTokens).toEqual({
      low: 100,
      expected: 300,
      high: 300,
      bound: 300,
    });
    expect((await estimate({ ...PARAMS, max_tokens: 0 }, { ledger, now })).outputTokens).toEqual({
      low: 0,
      expected: 0,
      high: 0,
      bound: 0,
    });
  });

  it("costs what the ledger's own prices say", async () => {
    const ten = { uncachedInput: "10", cacheWrite5m: null, cacheWrite1h: null, cacheRead: null, output: "10" };
    const [listed] = listPriceBook().cards.filter(({ model }) => model === "claude-opus-5");
    const card = listed === undefined ? null : { ...rateCardToJson(listed), rates: ten };
    await using ledger = await aLedgerOf([aPriceSet({ card })]);
    const { usd } = await estimate(PARAMS, { ledger, client: counting(1_000), now });

    // 1,000 x $10 and 2,000 x $10 per million.
    expect(decimals(usd)).toMatchObject({ low: "0.01", bound: "0.03" });
  });

  it("learns from the newest 200, which may be in full segments", async () => {
    const path = join(temporaryFolder(), "ledger");
    await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: 65_536 });
    const many = Array.from({ length: 600 }, (_, index) => answered(index, 1_000, index < 300 ? 900 : 300, 10));
    for (let from = 0; from < many.length; from += 50) await ledger.append(many.slice(from, from + 50));
    const view = await ledger.view();

    expect(view.files.length).toBeGreaterThan(3);
    expect((await estimate(PARAMS, { ledger, now })).promptTokens).toEqual({ low: 300, expected: 300, high: 300 });
  });
});

describe("the price of an estimate", () => {
  const marked = (ttl: string): object => ({
    ...PARAMS,
    max_tokens: 0,
    system: [{ type: "text", text: "b".repeat(30_000), cache_control: { type: "ephemeral", ttl } }],
  });

  it("is between reading and writing what is marked to be cached", async () => {
    const five = await estimate(marked("5m"), { client: counting(10_000), now });
    const hour = await estimate(marked("1h"), { client: counting(10_000), now });
    const digest = digestPrompt(marked("5m"));
    if (digest === null) throw new Error("no prompt");
    const [system, message] = digest.blocks.map(({ tokens }) => tokens);
    const cached = Math.round((10_000 * (system ?? 0)) / ((system ?? 0) + (message ?? 0)));

    // Per million: $5 for what is not marked; $0.50 read, $6.25 or $10 written. No history: expected to be written.
    const usd = (perMillion: number): string => String(((10_000 - cached) * 5 + cached * perMillion) / 1_000_000);
    expect(decimals(five.usd)).toEqual({ low: usd(0.5), expected: usd(6.25), high: usd(6.25), bound: usd(6.25) });
    expect(decimals(hour.usd)).toEqual({ low: usd(0.5), expected: usd(10), high: usd(10), bound: usd(10) });
  });

  it("is expected to be what it was for earlier requests", async () => {
    const earlier = Array.from({ length: 5 }, (_, index) =>
      aRequestCompleted({
        id: `msg:${String(index)}`,
        ids: { message: String(index) },
        usage: aUsage({ uncachedInput: 100, cacheWrite5m: 100, cacheRead: 800, output: 10 }),
      }),
    );
    await using ledger = await aLedgerOf(earlier);
    const { usd } = await estimate(marked("5m"), { ledger, client: counting(10_000), now });

    // 1,000 x $5 + 1,000 x $6.25 + 8,000 x $0.50, per million.
    expect(decimals(usd)?.["expected"]).toBe("0.01525");
  });

  it("has nothing to do with a cache below the model's minimum", async () => {
    const { usd } = await estimate(marked("5m"), { client: counting(500), now });

    expect(decimals(usd)).toMatchObject({ low: "0.0025", high: "0.0025" });
  });

  it("is half in a batch", async () => {
    const { usd } = await estimate(PARAMS, { client: counting(1_000), batch: true, now });

    expect(decimals(usd)).toMatchObject({ low: "0.0025", bound: "0.0275" });
  });

  it("is unknown, never zero, for a model without a price", async () => {
    const { usd, reason, promptTokens } = await estimate({ ...PARAMS, model: "claude-of-tomorrow" }, { now });

    expect([usd, reason]).toEqual([null, "unknown-model"]);
    expect(promptTokens.expected).toBeGreaterThan(0);
  });

  it("has no bound where the request has none, or its prompt was not counted", async () => {
    const { model, messages } = PARAMS;
    const { outputTokens, usd } = await estimate({ model, messages }, { client: counting(1_000), now });

    expect(outputTokens).toEqual({ low: 0, expected: null, high: null, bound: null });
    expect(decimals(usd)).toEqual({ low: "0.005", expected: null, high: null, bound: null });
    const { basis, usd: roughly } = await estimate(PARAMS, { now });
    expect([basis, roughly?.bound]).toEqual(["rule", null]);
  });
});

describe("an estimate that was made", () => {
  it("is recorded with the hash of its prompt, which is that of the request that was sent", async () => {
    await using ledger = await aLedgerOf(TEN);
    const { id } = await estimate(PARAMS, { ledger, labels: { team: "search" }, context: { service: "rag" }, now });
    await ledger.flush();
    const { others } = await ledger.account();
    const event = others.find((one) => isEventOf(one, "RequestEstimated"));
    const digest = digestPrompt(PARAMS);
    if (digest === null) throw new Error("no prompt");
    const key = await ledger.fingerprintKey();

    expect(event).toEqual({
      type: "RequestEstimated",
      version: 1,
      id,
      occurredAt: "2026-10-02T00:00:00.000Z",
      sources: ["estimate"],
      model: "claude-opus-5",
      basis: "history",
      promptTokens: { low: 300, expected: 340, high: 380 },
      outputTokens: { low: 100, expected: 500, high: 900, bound: 2_000 },
      usd: { low: "0.004", expected: "0.0142", high: "0.0244", bound: null },
      prompt: { key: key.id, hash: promptHash(digest, key) },
      context: expect.objectContaining({ service: "rag", session: null }) as unknown,
      labels: { team: "search" },
    });
    expect(fingerprintOf(digest, key, 345).key).toBe(key.id);
  });

  it("is not recorded where there is nothing to record to, and may be recorded elsewhere", async () => {
    const events: LedgerEvent[] = [];
    const sink = {
      record: (event: LedgerEvent) => void events.push(event),
      flush: async () => Promise.resolve(),
      fingerprintKey: async () => Promise.resolve(null),
    };
    await estimate(PARAMS, { now });
    await estimate(PARAMS, { sink, id: "estimate:mine", now });

    expect(events).toMatchObject([{ id: "estimate:mine", prompt: null, usd: { expected: null } }]);
  });

  it("needs a model, and nothing else", async () => {
    await expect(estimate({ messages: [] })).rejects.toThrow(TypeError);
    expect((await estimate({ model: "claude-opus-5" }, { now })).promptTokens).toEqual({
      low: 0,
      expected: 0,
      high: 0,
    });
  });

  it("keeps what a ledger said for a minute", async () => {
    await using ledger = await aLedgerOf(TEN);
    const asked = async (at: number): Promise<string> => (await estimate(PARAMS, { ledger, now: () => at })).basis;
    let views = 0;
    const counted = new Proxy(ledger, {
      get: (target, name) => {
        if (name === "view") views += 1;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    for (const at of [NOW, NOW + 59_999, NOW + 60_000]) await estimate(PARAMS, { ledger: counted, now: () => at });

    expect(await asked(NOW)).toBe("history");
    expect(views).toBe(2);
  });
});
