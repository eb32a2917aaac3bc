import { join } from "node:path";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { budget, type Budget, type BudgetOptions, type BudgetWarning } from "@farthing/adapters/budget";
import { openLedger, parseUsd, type Ledger, type LedgerEvent, type LedgerSettings } from "@farthing/ledger";
import { describe, expect, it, onTestFinished } from "vitest";
import { inAnotherProcess } from "../support/another-process.ts";
import { aRequestCompleted, aRequestFailed, aUsage, aUsageCorrected, NO_IDS } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const NOON = Date.parse("2026-10-01T12:00:00.000Z");

/** 1,000 output tokens of Opus 5: 0.025 dollars. */
function aCall(id: string, overrides: Parameters<typeof aRequestCompleted>[0] = {}): LedgerEvent {
  return aRequestCompleted({
    id: `msg:${id}`,
    occurredAt: new Date(NOON).toISOString(),
    usage: aUsage({ output: 1000 }),
    ids: { ...NO_IDS, message: id, request: `req_${id}` },
    ...overrides,
  });
}

interface Spending {
  readonly ledger: Ledger;
  readonly spending: Budget;
  readonly reached: string[];
  readonly warnings: BudgetWarning[];
  readonly clock: { now: number };
}

async function aBudget(
  options: Partial<BudgetOptions> = {},
  recorded: readonly LedgerEvent[] = [],
  settings: Partial<LedgerSettings> = {},
): Promise<Spending> {
  const ledger = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true });
  await ledger.settings.patch(settings);
  await ledger.append(recorded);
  const [reached, warnings, clock] = [[] as string[], [] as BudgetWarning[], { now: NOON }];
  const spending = budget({
    ledger,
    usd: "1",
    per: "day",
    now: () => clock.now,
    onThreshold: ({ threshold, spent }) => reached.push(`${String(threshold)} ${String(spent)}`),
    onWarning: (warning) => warnings.push(warning),
    ...options,
  });
  onTestFinished(async () => {
    spending.close();
    await ledger.close();
  });
  return { ledger, spending, reached, warnings, clock };
}

describe("a ledger that is watched", () => {
  it("is asked and says when it is closed as itself", async () => {
    const { ledger, spending } = await aBudget({}, [aCall("a")]);
    const sink = spending.watch(ledger);
    const id = aCall("a").id;
    expect([...((await sink.find?.([id])) ?? [])].map(([found]) => found)).toEqual([id]);
    let closings = 0;
    sink.onClosing?.(() => {
      closings += 1;
    });
    await ledger.close();
    expect(closings).toBe(1);
  });
});

describe("what is spent of a budget", () => {
  it("is what the ledger holds of the period, own calls as soon as they are recorded, each once", async () => {
    const yesterday = aCall("old", { occurredAt: "2026-09-30T23:59:59.999Z" });
    const { ledger, spending } = await aBudget({}, [aCall("a"), yesterday]);
    const sink = spending.watch(ledger);
    sink.record(aCall("b"));
    expect(spending.status()).toMatchObject({ isLoaded: false, spent: parseUsd("0.025") });
    await spending.refresh();
    expect(spending.status()).toMatchObject({ isLoaded: true, spent: parseUsd("0.05"), limit: parseUsd("1") });
    for (const id of ["c", "d", "d"]) {
      sink.record(aCall(id));
      await turn();
      await spending.refresh();
    }
    sink.record(aCall("e"));
    expect(spending.status().spent).toBe(parseUsd("0.125"));
    await spending.refresh();
    expect(spending.status().spent).toBe(parseUsd("0.125"));
  });

  it("takes in what others append to the ledger, within a second and without being asked", async () => {
    const { ledger, spending } = await aBudget();
    await spending.refresh();
    await ledger.append([aCall("a")]);
    await wait(1300);
    expect(spending.status().spent).toBe(parseUsd("0.025"));
  });

  it("takes in what another process records", async () => {
    const { ledger, spending } = await aBudget();
    await spending.refresh();
    const events = Array.from({ length: 10 }, (_, index) => aCall(String(index)));
    const { exitCode } = await inAnotherProcess(
      { path: ledger.path, events },
      `const ledger = await openLedger(path, { mode: "write" });
       for (const event of events) ledger.record(event);
       await ledger.close();`,
    );
    expect(exitCode).toBe(0);
    await wait(1300);
    expect(spending.status().spent).toBe(parseUsd("0.25"));
  });

  it("is only what fulfils its conditions, personal labels included", async () => {
    const { ledger, spending } = await aBudget({ where: [{ key: "label:user", value: "ada" }] }, [], {
      personalLabels: ["user"],
    });
    const sink = spending.watch(ledger);
    sink.record(aCall("a", { labels: { user: "ada" } }));
    sink.record(aCall("b", { labels: { user: "bob" } }));
    expect(spending.status().spent).toBe(parseUsd("0.025"));
    await ledger.flush();
    await ledger.append([aCall("c", { labels: { user: "ada" } })]);
    await spending.refresh();
    expect(spending.status().spent).toBe(parseUsd("0.05"));
  });

  it("counts calls that are recorded elsewhere, and those whose record waits for the disk", async () => {
    const { spending } = await aBudget();
    const sink = spending.watch({ record: () => {}, flush: async () => {}, fingerprintKey: async () => null });
    sink.record(aCall("a"));
    await spending.refresh();
    await spending.refresh();
    expect(spending.status().spent).toBe(parseUsd("0.025"));
  });

  it("is exact again after more own calls than are told apart, once they are found in the ledger", async () => {
    const { ledger, spending } = await aBudget({ usd: "1000", refreshMs: 3_600_000 });
    await spending.refresh();
    const sink = spending.watch(ledger);
    for (const part of ["a", "b", "c"]) {
      for (let index = 0; index < 4000; index += 1) sink.record(aCall(`${part}${String(index)}`));
      await ledger.flush();
    }
    expect(spending.status().spent).toBe(parseUsd("300"));
    const spent = async (): Promise<bigint> => {
      await spending.refresh();
      return spending.status().spent;
    };
    await expect.poll(spent, { timeout: 10_000 }).toBe(parseUsd("300"));
  });

  it("starts anew with the next day or month of its time zone", async () => {
    // In Auckland, 13 hours ahead, it is 01:00 of 2 October.
    const { ledger, spending, clock } = await aBudget({ timeZone: "Pacific/Auckland" }, [
      aCall("a", { occurredAt: "2026-10-01T10:59:59.999Z" }),
    ]);
    const sink = spending.watch(ledger);
    sink.record(aCall("b"));
    await spending.refresh();
    expect(spending.status()).toMatchObject({
      since: Date.parse("2026-10-01T11:00:00.000Z"),
      until: Date.parse("2026-10-02T11:00:00.000Z"),
      spent: parseUsd("0.025"),
    });
    clock.now = Date.parse("2026-10-02T11:00:00.000Z");
    expect(spending.status()).toMatchObject({ since: clock.now, spent: 0n });
    sink.record(aCall("c", { occurredAt: "2026-10-02T11:00:00.000Z" }));
    expect(spending.status().spent).toBe(parseUsd("0.025"));
    await spending.refresh();
    expect(spending.status().spent).toBe(parseUsd("0.025"));
  });

  it("has months that are as long as they are, in the ledger's own zone", async () => {
    const { spending } = await aBudget({ per: "month" }, [], { timeZone: "Europe/Berlin" });
    await spending.refresh();
    // Summer time begins the month, winter time ends it: 31 days and an hour.
    const { since, until } = spending.status();
    expect([since, until].map((at) => new Date(at).toISOString())).toEqual([
      "2026-09-30T22:00:00.000Z",
      "2026-10-31T23:00:00.000Z",
    ]);
  });

  it("forgets, with the next sum, what was taken back", async () => {
    const { ledger, spending } = await aBudget({}, [aCall("a"), aCall("b")]);
    await spending.refresh();
    await ledger.append([aUsageCorrected({ corrects: "msg:a" })]);
    await spending.refresh();
    await wait(1500);
    expect(spending.status().spent).toBe(parseUsd("0.025"));
  });
});

describe("a budget warns", () => {
  it("once at each threshold, and again in the next period", async () => {
    const { ledger, spending, reached, clock } = await aBudget({ usd: 0.1, thresholds: [1, 0.5] });
    await spending.refresh();
    const sink = spending.watch(ledger);
    for (const id of ["a", "b", "c", "d", "e"]) sink.record(aCall(id));
    // 0.05 and 0.1 dollars, in picodollars.
    expect(reached).toEqual(["0.5 50000000000", "1 100000000000"]);
    clock.now += 86_400_000;
    const occurredAt = new Date(clock.now).toISOString();
    for (const id of ["f", "g"]) sink.record(aCall(id, { occurredAt }));
    expect(reached).toEqual(["0.5 50000000000", "1 100000000000", "0.5 50000000000"]);
  });

  it("of what others spent", async () => {
    const { spending, reached } = await aBudget({ usd: "0.05" }, [aCall("a"), aCall("b")]);
    await spending.refresh();
    expect(reached).toEqual(["0.5 50000000000", "0.8 50000000000", "1 50000000000"]);
  });

  it("of usage without a known cost, once per model, and does not count it", async () => {
    const { ledger, spending, warnings } = await aBudget();
    await spending.refresh();
    const sink = spending.watch(ledger);
    for (const id of ["a", "b"]) sink.record(aCall(id, { servedModel: "claude-from-tomorrow" }));
    sink.record(aRequestFailed({ occurredAt: new Date(NOON).toISOString(), cost: "unknown" }));
    expect(warnings).toEqual([
      { kind: "unpriced", model: "claude-from-tomorrow" },
      { kind: "unpriced", model: "claude-opus-5" },
    ]);
    expect(spending.status().spent).toBe(0n);
  });

  it("where the ledger cannot be read, once, until it can", async () => {
    const { ledger, spending, warnings } = await aBudget();
    await spending.refresh();
    await ledger.close();
    await spending.refresh();
    await spending.refresh();
    expect(warnings.filter(({ kind }) => kind === "not-refreshed")).toHaveLength(1);
  });

  it("and never fails its caller: not by a listener that throws, not by what is no event", async () => {
    const { ledger, spending } = await aBudget({
      usd: "0.01",
      onThreshold: () => {
        throw new Error("listener");
      },
    });
    const sink = spending.watch(ledger);
    sink.record(aCall("a"));
    sink.record({} as LedgerEvent);
    expect(spending.status().spent).toBe(parseUsd("0.025"));
    expect(spending.watch(ledger)).toBe(sink);
  });

  it("keeps no process alive", async () => {
    const { ledger } = await aBudget();
    await ledger.close();
    const index = new URL("../../packages/adapters/dist/budget/index.js", import.meta.url).href;
    const began = performance.now();
    const { exitCode } = await inAnotherProcess(
      { path: ledger.path, index },
      `const { budget } = await import(index);
       budget({ ledger: await openLedger(path, { mode: "read" }), usd: 1, per: "day" });`,
    );
    expect(exitCode).toBe(0);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it("refuses to begin with an amount, a zone or a threshold that is none", async () => {
    const { ledger } = await aBudget();
    expect(() => budget({ ledger, usd: "much", per: "day" })).toThrow("not an amount");
    expect(() => budget({ ledger, usd: 1, per: "day", timeZone: "Moon/Crater" })).toThrow(RangeError);
    expect(() => budget({ ledger, usd: 1, per: "day", thresholds: [-1] })).toThrow(RangeError);
  });
});

describe("calls under way", () => {
  const body = { model: "claude-opus-5", max_tokens: 1000, messages: [{ role: "user", content: "x".repeat(3000) }] };

  it("count for their prompt and the most they may say, until their cost is recorded or they fail", async () => {
    const { ledger, spending } = await aBudget();
    await spending.refresh();
    const sink = spending.watch(ledger);
    const first = spending.begin(body);
    const second = spending.begin(body);
    const third = spending.begin(body);
    // 1,001 tokens of 3 characters at 5, and 1,000 at 25 dollars per million; the role is 4 characters.
    expect(spending.status().inFlight).toBe(parseUsd("0.09003"));
    first.answered("req_a");
    second.answered(null);
    third.ended();
    expect(spending.status().inFlight).toBe(parseUsd("0.06002"));
    sink.record(aCall("a"));
    expect(spending.status()).toMatchObject({ inFlight: parseUsd("0.03001"), spent: parseUsd("0.025") });
    sink.record(aCall("other", { ids: NO_IDS }));
    expect(spending.status().inFlight).toBe(0n);
  });

  it("are over where a middleware further in has read the answer, which is recorded then, before it is handed on", async () => {
    const { ledger, spending } = await aBudget();
    await spending.refresh();
    const sink = spending.watch(ledger);
    const answers = [
      { name: "a", id: "req_a" },
      { name: "b", id: null },
    ];
    for (const { name, id } of answers) {
      const other = spending.begin(body);
      const context = { options: { method: "POST", path: "/v1/messages", body } };
      const request = { url: "https://api.anthropic.com/v1/messages", headers: new Headers() };
      const answer = async (): Promise<Response> => {
        sink.record(aCall(name, { requestedModel: body.model, ids: { ...NO_IDS, request: id } }));
        return Promise.resolve(new Response("{}", { headers: id === null ? {} : { "request-id": id } }));
      };
      await spending.middleware(request, answer, context);
      expect(spending.status().inFlight).toBe(parseUsd("0.03001"));
      other.answered(id);
      expect(spending.status().inFlight).toBe(parseUsd("0.03001"));
      other.ended();
    }
  });

  it("are let go where nobody will tell what they cost, and after an hour", async () => {
    const { ledger, spending, clock } = await aBudget();
    spending.begin(body).answered("req_a");
    expect(spending.status().inFlight).toBe(0n);
    spending.watch(ledger);
    spending.begin(body).answered("req_b");
    clock.now += 3_600_000;
    spending.begin(body);
    expect(spending.status().inFlight).toBe(parseUsd("0.03001"));
  });

  it("of an image or a model without a price are not guessed at, and may have any shape", async () => {
    const { spending } = await aBudget();
    const image = { type: "image", source: { type: "base64", data: "x".repeat(30_000) } };
    spending.begin({ ...body, max_tokens: 0, messages: [{ role: "user", content: [image] }] });
    expect(spending.status().inFlight).toBeLessThan(parseUsd("0.0001"));
    const before = spending.status().inFlight;
    for (const odd of [null, 7, [], { model: 7 }, { ...body, model: "claude-from-tomorrow" }]) spending.begin(odd);
    expect(spending.status().inFlight).toBe(before);
  });
});
