import { outcome } from "@farthing/adapters/outcomes";
import {
  foldAccount,
  isEventOf,
  listPriceBook,
  openLedger,
  openView,
  parseInstant,
  parseUsd,
  pruneLedger,
  queryOutcomes,
  type LedgerEvent,
  type OutcomesQuery,
  type OutcomesResult,
  type RequestFailed,
  type ResponseRecorded,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aLedgerOfSegments } from "../support/a-ledger.ts";
import {
  anOutcomeRecorded,
  aRequestCompleted,
  aRequestFailed,
  aRequestInterrupted,
  aUsage,
  NO_IDS,
} from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { inBatches } from "../support/row-batches.ts";

const EVERYTHING: OutcomesQuery = {
  by: ["model"],
  where: [],
  since: null,
  until: null,
  timeZone: "UTC",
  book: listPriceBook(),
};

/** A call of 1,000 new input tokens and 100 output tokens: Haiku 4.5 0.001 + 0.0005, Opus 5 0.005 + 0.0025 dollars. */
interface Call {
  readonly task: string;
  readonly model: "claude-haiku-4-5" | "claude-opus-5" | "claude-from-tomorrow";
  /** Seconds after ten. */
  readonly at: number;
}

const HAIKU = parseUsd("0.0015");
const OPUS = parseUsd("0.0075");

function timeOf(seconds: number): string {
  return new Date(Date.parse("2026-10-01T10:00:00.000Z") + seconds * 1000).toISOString();
}

function idOf({ task, model, at }: Call): string {
  return `req:${task}/${model}/${String(at)}`;
}

function answered(call: Call, labels: Readonly<Record<string, string>> = {}): ResponseRecorded {
  return aRequestCompleted({
    id: idOf(call),
    occurredAt: timeOf(call.at + 2),
    requestedModel: call.model,
    servedModel: call.model,
    usage: aUsage({ uncachedInput: 1000, output: 100 }),
    ids: NO_IDS,
    timing: { startedAt: timeOf(call.at) },
    labels: { task: call.task, ...labels },
  });
}

function failed(call: Call, cost: RequestFailed["cost"]): RequestFailed {
  return aRequestFailed({
    id: idOf(call),
    occurredAt: timeOf(call.at + 1),
    requestedModel: call.model,
    timing: { startedAt: timeOf(call.at) },
    labels: { task: call.task },
    cost,
  });
}

function ended(task: string, ok: boolean, at = 60): LedgerEvent {
  return anOutcomeOf({ task }, ok, at);
}

function anOutcomeOf(labels: Readonly<Record<string, string>>, ok: boolean, at = 60): LedgerEvent {
  const id = `outcome:${JSON.stringify(labels)}/${String(at)}`;
  return { ...anOutcomeRecorded({ id, occurredAt: timeOf(at), ok }), labels };
}

function outcomesOf(events: readonly LedgerEvent[], query: Partial<OutcomesQuery> = {}): OutcomesResult {
  const account = foldAccount(events);
  return queryOutcomes(account, account.others, { ...EVERYTHING, ...query });
}

const NOTHING_UNKNOWN = { tasks: 0, succeeded: 0, failed: 0, usd: 0n };

/** Three tasks that began with Haiku, one of which Opus had to end, and one that began with Opus. */
const TASKS: readonly LedgerEvent[] = [
  answered({ task: "a", model: "claude-haiku-4-5", at: 0 }),
  ended("a", true),
  answered({ task: "b", model: "claude-haiku-4-5", at: 0 }),
  failed({ task: "b", model: "claude-opus-5", at: 5 }, "free"),
  answered({ task: "b", model: "claude-opus-5", at: 6 }),
  ended("b", true),
  answered({ task: "c", model: "claude-haiku-4-5", at: 0 }),
  answered({ task: "c", model: "claude-haiku-4-5", at: 9 }),
  ended("c", false),
  answered({ task: "d", model: "claude-opus-5", at: 0 }),
  ended("d", true),
];

describe("the cost of a success", () => {
  it("charges retries, escalations and failed tasks to the model that was asked first", () => {
    const { rows, total } = outcomesOf(TASKS);
    expect(rows).toEqual([
      {
        by: { model: "claude-haiku-4-5" },
        tasks: 3,
        succeeded: 2,
        failed: 1,
        // One call; one and an escalation; two. Divided by 2 successes that is 0.00675 dollars, not 0.0015.
        usd: HAIKU * 4n + OPUS,
        otherModelsUsd: OPUS,
        requests: 5,
        lowerBoundTasks: 0,
        unknownCost: NOTHING_UNKNOWN,
      },
      {
        by: { model: "claude-opus-5" },
        tasks: 1,
        succeeded: 1,
        failed: 0,
        usd: OPUS,
        otherModelsUsd: 0n,
        requests: 1,
        lowerBoundTasks: 0,
        unknownCost: NOTHING_UNKNOWN,
      },
    ]);
    expect(total).toMatchObject({ tasks: 4, succeeded: 3, failed: 1, usd: HAIKU * 4n + OPUS * 2n });
  });

  it("knows the first request by when it was sent, even where it failed or was answered last", () => {
    const events = [
      failed({ task: "a", model: "claude-haiku-4-5", at: 0 }, "free"),
      answered({ task: "a", model: "claude-opus-5", at: 1 }),
      ended("a", true),
    ];
    expect(outcomesOf(events).rows).toMatchObject([{ by: { model: "claude-haiku-4-5" }, tasks: 1, usd: OPUS }]);
  });

  it("takes a dated model id and its alias for one model", () => {
    const dated = {
      ...answered({ task: "a", model: "claude-haiku-4-5", at: 0 }),
      requestedModel: "claude-haiku-4-5-20251001",
    };
    expect(outcomesOf([dated, ended("a", true)]).rows).toMatchObject([
      { by: { model: "claude-haiku-4-5" }, usd: HAIKU },
    ]);
  });

  it("lists tasks apart of which a part has no price, or failed without a known cost", () => {
    const { rows } = outcomesOf([
      ...TASKS,
      answered({ task: "e", model: "claude-haiku-4-5", at: 0 }),
      failed({ task: "e", model: "claude-haiku-4-5", at: 3 }, "unknown"),
      ended("e", true),
      answered({ task: "f", model: "claude-haiku-4-5", at: 0 }),
      answered({ task: "f", model: "claude-from-tomorrow", at: 3 }),
      ended("f", false),
    ]);
    expect(rows[0]).toMatchObject({
      tasks: 3,
      succeeded: 2,
      usd: HAIKU * 4n + OPUS,
      unknownCost: { tasks: 2, succeeded: 1, failed: 1, usd: HAIKU * 2n },
    });
  });

  it("is not known of a task of which requests were pruned", async () => {
    const path = await aLedgerOfSegments([...TASKS, aRequestCompleted({ occurredAt: "2026-10-02T00:00:00.000Z" })]);
    await pruneLedger(path, { before: parseInstant("2026-10-01T12:00:00.000Z") });
    const view = await openView([path]);
    expect(view.rollups.length).toBeGreaterThan(0);
    const { total, withoutRequests } = await queryOutcomes(view.batches(), view.others, EVERYTHING);
    expect(total).toMatchObject({ tasks: 0, usd: 0n, unknownCost: { tasks: 4, succeeded: 3, failed: 1 } });
    expect(withoutRequests).toBe(0);
  });

  it("says of how many tasks more may have been billed than was seen", () => {
    const interrupted = aRequestInterrupted({
      id: "req:a",
      ids: NO_IDS,
      labels: { task: "a" },
      usage: aUsage({ uncachedInput: 1000, output: 10 }),
    });
    // 1,000 x 5 and 10 x 25 dollars per million.
    expect(outcomesOf([interrupted, ended("a", true)]).total).toMatchObject({
      tasks: 1,
      lowerBoundTasks: 1,
      usd: parseUsd("0.00525"),
    });
  });

  it("leaves out what somebody else pays for, and takes a task with nothing else for free", () => {
    const free = { ...answered({ task: "a", model: "claude-opus-5", at: 0 }), billedTo: "nobody" as const };
    expect(outcomesOf([free, ended("a", true)]).total).toMatchObject({ tasks: 1, usd: 0n, requests: 0 });
  });

  it("can be told apart by workload, or by a label of the first request", () => {
    const events = [
      answered({ task: "a", model: "claude-haiku-4-5", at: 0 }, { variant: "short", workload: "triage" }),
      answered({ task: "a", model: "claude-opus-5", at: 4 }, { variant: "long", workload: "triage" }),
      ended("a", true),
    ];
    expect(outcomesOf(events, { by: ["model", "workload", "label:variant", "day"] }).rows).toMatchObject([
      {
        by: { model: "claude-haiku-4-5", workload: "triage", "label:variant": "short", day: "2026-10-01" },
        usd: HAIKU + OPUS,
      },
    ]);
  });
});

describe("a task", () => {
  it("is all requests with its labels, whatever else they carry", () => {
    const events = [
      answered({ task: "a", model: "claude-haiku-4-5", at: 0 }, { step: "1" }),
      answered({ task: "a", model: "claude-haiku-4-5", at: 1 }, { step: "2" }),
      answered({ task: "b", model: "claude-haiku-4-5", at: 1 }),
      ended("a", true),
    ];
    expect(outcomesOf(events).total).toMatchObject({ tasks: 1, usd: HAIKU * 2n });
  });

  it("can be named by several labels; a request of two tasks counts for each, and that is said", () => {
    const events = [
      answered({ task: "a", model: "claude-haiku-4-5", at: 0 }, { step: "1" }),
      ended("a", true),
      anOutcomeOf({ step: "1", task: "a" }, false),
    ];
    const { total, shared } = outcomesOf(events);
    expect(total).toMatchObject({ tasks: 2, succeeded: 1, failed: 1, usd: HAIKU * 2n });
    expect(shared).toBe(1);
  });

  it("has the outcome that was recorded last", () => {
    const events = [
      answered({ task: "a", model: "claude-haiku-4-5", at: 0 }),
      ended("a", true, 90),
      ended("a", false, 60),
    ];
    expect(outcomesOf(events).total).toMatchObject({ tasks: 1, succeeded: 1, failed: 0 });
  });

  it("without an outcome is listed apart, as are outcomes without requests or labels", () => {
    const result = outcomesOf([
      ...TASKS,
      answered({ task: "open", model: "claude-opus-5", at: 0 }),
      answered({ task: "open", model: "claude-from-tomorrow", at: 0 }),
      failed({ task: "open-2", model: "claude-opus-5", at: 0 }, "free"),
      aRequestCompleted({ id: "req:unlabelled", ids: NO_IDS }),
      ended("never-seen", true),
      anOutcomeOf({}, true),
    ]);
    expect(result.total.tasks).toBe(4);
    expect(result.withoutOutcome).toEqual({ tasks: 2, more: false, requests: 2, usd: OPUS, atUnknownCost: 1 });
    expect(result).toMatchObject({ withoutRequests: 1, unnamed: 1, shared: 0 });
  });

  it("is chosen by the time of its outcome and by its first request, and is then counted as a whole", () => {
    const until = parseInstant(timeOf(4));
    const events = [
      answered({ task: "a", model: "claude-haiku-4-5", at: 0 }),
      answered({ task: "a", model: "claude-opus-5", at: 100 }),
      ended("a", true, 3),
      answered({ task: "b", model: "claude-haiku-4-5", at: 0 }),
      ended("b", true, 4),
    ];
    expect(outcomesOf(events, { until }).total).toMatchObject({ tasks: 1, usd: HAIKU + OPUS });
    expect(outcomesOf(events, { since: until }).total).toMatchObject({ tasks: 1, usd: HAIKU });
    const where = (value: string): Partial<OutcomesQuery> => ({ where: [{ key: "model", value }] });
    expect(outcomesOf(events, where("claude-haiku-4-5")).total.tasks).toBe(2);
    expect(outcomesOf(events, where("claude-opus-5")).total.tasks).toBe(0);
  });
});

describe("outcomes", () => {
  it("come to the same from rows in any batches, dead ones left out, as from an account", () => {
    const calls = fc.record({
      task: fc.constantFrom("a", "b", "c"),
      model: fc.constantFrom("claude-haiku-4-5" as const, "claude-opus-5" as const),
      at: fc.integer({ min: 0, max: 3 }),
      place: fc.constantFrom(0, 1, 2, 7),
    });
    fc.assert(
      fc.property(fc.uniqueArray(calls, { selector: idOf }), (all) => {
        const outcomes = [ended("a", true), ended("b", false)];
        const kept = all.filter(({ place }) => place !== 7).map((call) => answered(call));
        const batches = inBatches(
          all.map((call) => answered(call)),
          all.map(({ place }) => place),
        );
        const known = outcomes.filter((event) => isEventOf(event, "OutcomeRecorded"));
        expect(queryOutcomes(batches, known, EVERYTHING)).toEqual(outcomesOf([...kept, ...outcomes]));
      }),
      { numRuns: 50 },
    );
  });

  it("come to the same from a ledger of many segments", async () => {
    const path = await aLedgerOfSegments(TASKS);
    const view = await openView([path]);
    expect(view.files.length).toBeGreaterThan(1);
    expect(await queryOutcomes(view.batches(), view.others, EVERYTHING)).toEqual(outcomesOf(TASKS));
  });

  it("are recorded by one call, which takes the labels that calls take and never throws", async () => {
    await using ledger = await openLedger(temporaryFolder(), { mode: "write", create: true, onError: () => {} });
    const call = answered({ task: "a", model: "claude-haiku-4-5", at: 0 });
    ledger.record(call);
    outcome(ledger, { task: "a" }, true);
    outcome(ledger, { task: "b" }, false, { at: parseInstant(timeOf(60)) });
    outcome(ledger, { task: "c" }, false, { at: NaN });
    const odd: readonly unknown[] = [{ task: 7, nothing: null }, null];
    for (const labels of odd) outcome(ledger, labels as Record<string, string>, true);
    await ledger.flush();
    const { others, responses } = await ledger.account();
    expect(responses).toEqual([call]);
    const outcomes = others.filter((event) => isEventOf(event, "OutcomeRecorded"));
    expect(outcomes.map(({ labels }) => Object.keys(labels)).flat()).toEqual(["task", "task", "task", "task"]);
    expect(outcomes.map(({ labels, ok }) => `${String(labels["task"])} ${String(ok)}`).toSorted()).toEqual([
      "7 true",
      "a true",
      "b false",
      "c false",
      "undefined true",
    ]);
    expect(new Set(others.map(({ id }) => id)).size).toBe(5);
  });
});
