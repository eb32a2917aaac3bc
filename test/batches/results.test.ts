import { join } from "node:path";
import { isEventOf, listPriceBook, NO_CONTEXT, openLedger, querySpend, type LedgerEvent } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BatchMemory,
  BatchResults,
  recordBatchCreated,
  recordBatchStatus,
  recordHeldResults,
} from "../../packages/adapters/src/batches/index.ts";
import {
  aCall,
  apiBatch,
  apiRequest,
  BATCH,
  CREATED_AT,
  ENDED_AT,
  endedBatch,
  RESULTS,
  succeeded,
} from "./api-batch.ts";
import { emptyFolder } from "../support/run-cli.ts";
import { aMemorySink, KEY, type MemorySink } from "./memory-sink.ts";

const REQUESTS = ["a", "b", "c", "d"];
const READER = aCall({ context: { ...NO_CONTEXT, service: "collector" }, labels: { team: "platform" } });
const QUERY = { where: [], since: null, until: null, timeZone: "UTC", book: listPriceBook(), by: ["model" as const] };

/** As a process does that has seen nothing before. */
async function submit(sink: MemorySink, memory = new BatchMemory()): Promise<void> {
  const body = { requests: REQUESTS.map((custom) => apiRequest(custom)) };
  await recordBatchCreated(sink, body, apiBatch(), aCall(), { key: KEY, memory });
}

async function read(
  sink: Pick<MemorySink, "record" | "flush" | "fingerprintKey"> & Partial<MemorySink>,
  results: readonly unknown[] = RESULTS,
  memory = new BatchMemory(),
): Promise<void> {
  const reading = new BatchResults(sink, BATCH, READER, memory);
  for (const result of results) reading.line(JSON.stringify(result));
  await reading.end();
}

describe("a batch that is submitted", () => {
  it("is recorded with each of its requests, without their text", async () => {
    const sink = aMemorySink();
    await submit(sink);
    const [batch, first] = sink.events;
    expect(sink.events).toHaveLength(5);
    expect(batch).toMatchObject({ type: "BatchSubmitted", batch: BATCH, requestCount: 4, occurredAt: CREATED_AT });
    expect(first).toMatchObject({
      type: "BatchRequestSubmitted",
      id: `batch-request:${BATCH}/a`,
      custom: "a",
      requestedModel: "claude-sonnet-5",
      request: { maxTokens: 512 },
      labels: { team: "search" },
      prompt: { key: KEY.id, blocks: [{ section: "system" }, { section: "messages" }] },
    });
    expect(JSON.stringify(sink.events)).not.toMatch(/sum up|say\?/);
  });

  it("is whole before another turn begins where it is small, however slow the machine", async () => {
    const sink = aMemorySink();
    let now = 0;
    const slow = { key: null, memory: new BatchMemory(), clock: () => (now += 1000) };
    const body = { requests: ["a", "b", "c"].map((name) => apiRequest(name)) };
    const recording = recordBatchCreated(sink, body, apiBatch(), aCall(), slow);
    expect(sink.events).toHaveLength(4);
    await recording;
    expect(sink.events).toHaveLength(4);
  });

  it("keeps nobody from running while 20,000 requests are recorded", async () => {
    const sink = aMemorySink();
    const body = { requests: Array.from({ length: 20_000 }, (_, index) => apiRequest(String(index))) };
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 1);
    const recording = recordBatchCreated(sink, body, apiBatch(), aCall(), { key: null, memory: new BatchMemory() });
    expect(sink.events.length).toBeLessThan(10_000);
    await recording;
    clearInterval(ticking);
    expect(sink.events).toHaveLength(20_001);
    expect(turns).toBeGreaterThan(3);
  });

  it("is left alone where what was sent or answered is something else", async () => {
    const sink = aMemorySink();
    const options = { key: KEY, memory: new BatchMemory() };
    for (const answer of [null, "x", {}, { type: "error" }, { type: "message_batch" }]) {
      await recordBatchCreated(sink, { requests: [] }, answer, aCall(), options);
    }
    expect(sink.events).toEqual([]);
    const thrower = new Proxy(
      {},
      {
        getOwnPropertyDescriptor: () => {
          throw new Error("looked at");
        },
      },
    );
    await recordBatchCreated(sink, thrower, apiBatch(), aCall(), options);
    await recordBatchCreated(sink, { requests: [7, null, { custom_id: 3 }] }, apiBatch(), aCall(), options);
    expect(sink.events.map(({ type }) => type)).toEqual(["BatchSubmitted"]);
  });
});

describe("the end of a batch", () => {
  it("is recorded once, however often it is asked about, alone or in a list", () => {
    const sink = aMemorySink();
    const memory = new BatchMemory();
    recordBatchStatus(sink, apiBatch(), aCall(), memory);
    recordBatchStatus(sink, endedBatch(), aCall(), memory);
    recordBatchStatus(sink, { data: [endedBatch(), endedBatch({ id: "msgbatch_02" }), null] }, aCall(), memory);
    expect(sink.events).toHaveLength(2);
    expect(sink.events[0]).toEqual({
      type: "BatchEnded",
      version: 1,
      id: `batch-ended:${BATCH}`,
      occurredAt: ENDED_AT,
      sources: ["middleware"],
      batch: BATCH,
      succeeded: 2,
      errored: 1,
      canceled: 0,
      expired: 1,
    });
  });
});

describe("a result of a batch", () => {
  it("is joined to its request, which another process submitted", async () => {
    const submitted = aMemorySink();
    await submit(submitted);
    const sink = aMemorySink(submitted.events);
    recordBatchStatus(sink, endedBatch(), READER, new BatchMemory());
    await read(sink);
    const { responses, failures } = sink.account();
    expect(responses.map(({ id }) => id)).toEqual(["msg:msg_a", "msg:msg_b"]);
    expect(responses[0]).toMatchObject({
      occurredAt: ENDED_AT,
      requestedModel: "claude-sonnet-5",
      request: { maxTokens: 512 },
      labels: { team: "search" },
      context: { service: "digest", host: "host-1" },
      ids: { message: "msg_a", batch: BATCH, custom: "a" },
      timing: { startedAt: null, startedAtProvenance: "missing", occurredAtProvenance: "derived" },
      usage: { serviceTier: "batch" },
    });
    const tokens = responses[0]?.prompt?.blocks.reduce((sum, block) => sum + block.tokens, 0);
    expect(tokens).toBe(100);
    expect(
      failures.map((event) => isEventOf(event, "BatchResultRecorded") && [event.custom, event.result, event.errorType]),
    ).toEqual([
      ["c", "errored", "invalid_request_error"],
      ["d", "expired", null],
    ]);
  });

  it("costs half of what it would alone, and nothing where there was no answer", async () => {
    const sink = aMemorySink();
    await submit(sink);
    await read(sink);
    // Twice 100 of prompt at $2 and 10 of output at $10 a million: 200 + 100 = $0.0003, and half of that twice is $0.0003.
    const { total } = querySpend(sink.account(), QUERY);
    expect([total.usd, total.requests, total.failed, total.failedAtUnknownCost]).toEqual([300_000_000n, 2, 2, 0]);
  });

  it("is priced as of a batch where an older answer does not say so", async () => {
    const sink = aMemorySink();
    await read(sink, [succeeded("a", { usage: { input_tokens: 100, output_tokens: 10 } })]);
    expect(querySpend(sink.account(), QUERY).total.usd).toBe(150_000_000n);
  });

  it("is joined before the ledger is closed, which waits for that", async () => {
    const path = join(emptyFolder(), "ledger");
    const ledger = await openLedger(path, { mode: "write", create: true });
    const memory = new BatchMemory();
    await recordBatchCreated(ledger, { requests: [apiRequest("a")] }, apiBatch(), aCall(), { key: KEY, memory });
    const reading = new BatchResults(ledger, BATCH, READER, new BatchMemory());
    reading.result(succeeded("a"));
    await ledger.close();
    await using reopened = await openLedger(path, { mode: "read" });
    expect((await reopened.account()).responses).toMatchObject([{ id: "msg:msg_a", labels: { team: "search" } }]);
  });

  it("is recorded as it is when the process exits before its request was looked up", () => {
    const sink = aMemorySink();
    const reading = new BatchResults(sink, BATCH, READER, new BatchMemory());
    reading.result(succeeded("a"));
    expect(sink.events).toEqual([]);
    recordHeldResults();
    expect(sink.account().responses).toMatchObject([{ id: "msg:msg_a", requestedModel: null, labels: {} }]);
  });

  it("is joined before the ledger is closed, where that waits", async () => {
    const sink = aMemorySink();
    await submit(sink, new BatchMemory());
    const listeners: (() => void | Promise<void>)[] = [];
    const listen = (listener: () => void | Promise<void>): (() => void) => {
      listeners.push(listener);
      return () => undefined;
    };
    const reading = new BatchResults({ ...sink, onClosing: listen }, BATCH, READER, new BatchMemory());
    reading.result(succeeded("a"));
    for (const listener of listeners) await listener();
    expect(sink.account().responses).toMatchObject([{ id: "msg:msg_a", labels: { team: "search" } }]);
  });

  it("is read to its end whatever a sink throws that is told so", async () => {
    const refuse = (): never => {
      throw new Error("not listening");
    };
    const sink = { ...aMemorySink(), onClosing: () => refuse };
    await expect(new BatchResults(sink, BATCH, READER, new BatchMemory()).end()).resolves.toBeUndefined();
  });

  it("is recorded at once when too many wait, and joined later", async () => {
    const many = Array.from({ length: 9_000 }, (_, index) => String(index));
    const submitted = aMemorySink();
    const body = { requests: many.map((custom) => apiRequest(custom)) };
    await recordBatchCreated(submitted, body, apiBatch(), aCall(), { key: null, memory: new BatchMemory() });
    const sink = aMemorySink(submitted.events);
    const reading = new BatchResults(sink, BATCH, READER, new BatchMemory());
    for (const custom of many) reading.result(succeeded(custom));
    expect(sink.account().responses).toHaveLength(9_000 - 8_192);
    await reading.end();
    expect(sink.account().responses.filter(({ labels }) => labels["team"] === "search")).toHaveLength(9_000);
  });

  it("needs no second sighting where this process submitted it", async () => {
    const sink = aMemorySink();
    const memory = new BatchMemory();
    await submit(sink, memory);
    recordBatchStatus(sink, endedBatch(), READER, memory);
    await read(sink, RESULTS, memory);
    expect(sink.events).toHaveLength(5 + 1 + 4);
    expect(sink.account().responses[0]).toMatchObject({ labels: { team: "search" }, occurredAt: ENDED_AT });
  });

  it("is of who read it, where nobody recorded its request", async () => {
    const sink = aMemorySink();
    await read(sink);
    expect(sink.account().responses[0]).toMatchObject({
      requestedModel: null,
      labels: { team: "platform" },
      context: { service: "collector" },
    });
  });

  it("says nothing of labels where nothing can be looked up, so that those of its request are right later", async () => {
    const { find: _, ...sink } = aMemorySink();
    await read(sink);
    expect(sink.account().responses[0]).toMatchObject({ labels: {}, context: { service: "collector", host: null } });
  });

  it("says nothing new when it is read again", async () => {
    const sink = aMemorySink();
    await submit(sink);
    recordBatchStatus(sink, endedBatch(), READER, new BatchMemory());
    await read(sink);
    const before = sink.events.length;
    const account = sink.account();
    await read(sink);
    expect(sink.events).toHaveLength(before);
    expect(sink.account()).toEqual(account);
  });

  it("is charged at an unknown cost where its usage cannot be read, and never throws", async () => {
    const sink = aMemorySink();
    const reading = new BatchResults(sink, BATCH, READER, new BatchMemory());
    for (const line of ["", "{", "null", "[]", '{"custom_id":"x"}', '{"custom_id":"x","result":{"type":"new"}}']) {
      reading.line(line);
    }
    reading.result(succeeded("a", { usage: { input_tokens: -1 } }));
    await reading.end();
    expect(sink.events).toHaveLength(1);
    expect(sink.events[0]).toMatchObject({ type: "RequestFailed", cost: "unknown", id: "msg:msg_a" });
  });

  it("stays as it was recorded where the ledger cannot be asked", async () => {
    const sink = { ...aMemorySink(), find: () => Promise.reject(new Error("closed")) };
    await read(sink);
    expect(sink.account().responses).toHaveLength(2);
  });
});

describe("what a batch comes to", () => {
  it("does not depend on the order of results, on how often and in which parts they are read", async () => {
    const whole = aMemorySink();
    await submit(whole);
    recordBatchStatus(whole, endedBatch(), READER, new BatchMemory());
    await read(whole);
    const readings = fc.array(fc.shuffledSubarray(RESULTS), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        readings,
        fc.shuffledSubarray(RESULTS, { minLength: 4 }),
        fc.boolean(),
        async (parts, last, sees) => {
          const sink = aMemorySink();
          const memory = new BatchMemory();
          await submit(sink, sees ? memory : new BatchMemory());
          recordBatchStatus(sink, endedBatch(), READER, new BatchMemory());
          for (const part of parts) await read(sink, part, memory);
          await read(sink, last, memory);
          expect(sink.account()).toEqual(whole.account());
        },
      ),
      { numRuns: 50 },
    );
  });

  it("is joined among thousands of results in few look-ups", async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => String(index));
    const sink = aMemorySink();
    const body = { requests: many.map((custom) => apiRequest(custom)) };
    await recordBatchCreated(sink, body, apiBatch(), aCall(), { key: null, memory: new BatchMemory() });
    recordBatchStatus(sink, endedBatch(), READER, new BatchMemory());
    let lookUps = 0;
    const counting = {
      ...sink,
      find: (ids: Iterable<string>): Promise<ReadonlyMap<string, LedgerEvent>> => {
        lookUps += 1;
        return sink.find(ids);
      },
    };
    await read(
      counting,
      many.map((custom) => succeeded(custom)),
    );
    expect(lookUps).toBeLessThan(8);
    expect(new Set(sink.account().responses.map(({ labels }) => labels["team"]))).toEqual(new Set(["search"]));
  });
});
