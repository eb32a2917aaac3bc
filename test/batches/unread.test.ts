import { foldAccount, openView, unreadBatches, unreadBatchesOf, type LedgerEvent } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import {
  aBatchEnded,
  aBatchResultRecorded,
  aBatchSubmitted,
  aRequestCompleted,
  aUsageCorrected,
  NO_CONTEXT,
} from "../support/builders.ts";
import { isFullRun } from "../support/full-run.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";
import { runCli } from "../support/run-cli.ts";

// All of them of 1 October 2026, 10:00: their results are deleted on 30 October.
const DAY = 24 * 60 * 60 * 1000;
const CREATED = Date.parse("2026-10-01T10:00:00.000Z");

function submitted(batch: string, requestCount = 3): LedgerEvent {
  const context = { ...NO_CONTEXT, service: "digest" };
  return aBatchSubmitted({ id: `batch-submitted:${batch}`, batch, requestCount, context });
}

function ended(batch: string, succeeded = 2, errored = 1): LedgerEvent {
  return aBatchEnded({ id: `batch-ended:${batch}`, batch, succeeded, errored });
}

function answered(batch: string, custom: string, labels: Readonly<Record<string, string>> = {}): LedgerEvent {
  const message = `msg_${batch}_${custom}`;
  return aRequestCompleted({ id: `msg:${message}`, ids: { message, batch, custom }, labels });
}

function refused(batch: string, custom: string): LedgerEvent {
  return aBatchResultRecorded({ id: `batch:${batch}/${custom}`, batch, custom });
}

describe("unread batches", () => {
  it("are those of which more requests were submitted than results recorded", () => {
    const events = [
      submitted("none"),
      submitted("some"),
      ended("some"),
      answered("some", "a"),
      submitted("all"),
      answered("all", "a"),
      answered("all", "b"),
      refused("all", "c"),
      submitted("twice"),
      answered("twice", "a"),
      answered("twice", "a", { team: "x" }),
      answered("twice", "b"),
    ];
    const said = unreadBatchesOf(foldAccount(events)).map(({ batch, recorded, requests }) => [
      batch,
      recorded,
      requests,
    ]);
    expect(said).toEqual([
      ["none", 0, 3],
      ["some", 1, 3],
      ["twice", 2, 3],
    ]);
    expect(unreadBatchesOf(foldAccount(events))[1]).toEqual({
      batch: "some",
      service: "digest",
      submittedAt: CREATED,
      endedAt: CREATED + DAY / 24,
      requests: 3,
      succeeded: 2,
      recorded: 1,
      deletedAt: CREATED + 29 * DAY,
    });
  });

  it("are none of those of which no request was answered", () => {
    expect(unreadBatchesOf(foldAccount([submitted("b"), ended("b", 0, 3)]))).toEqual([]);
  });

  it("are known from their end alone, and then deleted at the earliest a day sooner", () => {
    expect(unreadBatchesOf(foldAccount([ended("b")]))).toMatchObject([
      { batch: "b", submittedAt: null, requests: 3, deletedAt: CREATED + DAY / 24 + 28 * DAY },
    ]);
  });

  it("are the same in a view, however often and wherever results were recorded, and which of them were taken back", async () => {
    const one = fc.constantFrom("b1", "b2");
    const custom = fc.constantFrom("a", "b", "c");
    const event = fc.oneof(
      fc.tuple(one, custom, fc.constantFrom({}, { team: "x" })).map((parts) => answered(...parts)),
      fc.tuple(one, custom).map((parts) => refused(...parts)),
      fc.tuple(one, custom).map(([batch, item]) => {
        const corrects = `msg:msg_${batch}_${item}`;
        return aUsageCorrected({ id: `correction:${corrects}`, corrects });
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 12 }), fc.integer({ min: 1, max: 4 }), async (events, lines) => {
        const all = [submitted("b1"), ended("b2"), ...events];
        const view = await openView([await aLedgerOfSegments([all], lines)]);
        expect(await unreadBatches(view)).toEqual(unreadBatchesOf(foldAccount(all)));
      }),
      { numRuns: isFullRun ? 200 : 15 },
    );
  });

  it("cost a ledger without batches nothing", async () => {
    const { others, rollups } = await openView([await aLedger([aRequestCompleted()])]);
    const unreadable = new Proxy([], {
      get: () => {
        throw new Error("read");
      },
    });
    expect(await unreadBatches({ others, rollups, files: unreadable, tail: unreadable })).toEqual([]);
  });
});

describe("what is said of them", () => {
  const events = [submitted("msgbatch_1"), ended("msgbatch_1"), answered("msgbatch_1", "a")];

  it("is the day on which they are deleted, in report and doctor, before it comes", async () => {
    const ledger = await aLedger(events);
    const at = ["--ledger", ledger, "--now", "2026-10-20T10:00:00Z"];
    expect((await runCli(["report", ...at])).stdout.replace(/\s+/g, " ")).toContain(
      "DUE 30 Oct, 10 days: unread results of batch msgbatch_1 of digest are deleted; 1 of 3 read",
    );
    expect((await runCli(["report", ...at, "--format", "markdown"])).stdout).toContain(
      "- 30 Oct 2026: unread results of batch msgbatch\\_1 of digest are deleted; 1 of 3 read.",
    );
    const soon = await runCli(["doctor", "--ledger", ledger, "--now", "2026-10-28T10:00:00Z", "--format", "json"]);
    expect(JSON.parse(soon.stdout)).toMatchObject({
      checks: expect.arrayContaining([
        {
          check: "batches",
          status: "attention",
          finding: "2026-10-30, in 2 days: unread results of batch msgbatch_1 of digest are deleted; 1 of 3 read",
          next: "read its results where this ledger is attached",
        },
      ]) as unknown,
      unreadBatches: [{ batch: "msgbatch_1", requests: 3, recorded: 1, deletedAt: "2026-10-30T10:00:00.000Z" }],
    });
  });

  it("is nothing while a batch may still be processed", async () => {
    const ledger = await aLedger([submitted("msgbatch_1")]);
    const report = async (now: string): Promise<string> =>
      (await runCli(["report", "--ledger", ledger, "--now", now])).stdout;
    expect(await report("2026-10-01T20:00:00Z")).not.toContain("DUE");
    // A day after its creation it has ended, or expired.
    expect(await report("2026-10-02T10:00:00Z")).toContain("DUE");
  });

  it("is that they were deleted, once they were, and that requests without an answer are free", async () => {
    const ledger = await aLedger(events);
    const { stdout } = await runCli(["report", "--ledger", ledger, "--now", "2026-11-01T10:00:00Z"]);
    expect(stdout).not.toContain("DUE");
    const flat = stdout.replace(/\s+/g, " ");
    expect(flat).toContain("1 batch whose results were deleted before they were read: 2 requests, not in the total");
    expect(flat).toContain("1 request of batches without an answer, which are free: 1 errored");
  });
});
