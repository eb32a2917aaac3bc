import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { newestResponses, traceFromCalls, traceFromResponses, type RowSource } from "@farthing/advisor";
import {
  buildRows,
  calendarOf,
  listPriceBook,
  matches,
  openView,
  rowFilter,
  type PromptFingerprint,
  type RequestDetails,
  type RequestFilter,
  type RequestRows,
  type ResponseRecorded,
  type RowBatch,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anAccount } from "../support/an-account.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { aConversation } from "../support/conversation.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";

const UTC = calendarOf("UTC");
const ALL: RequestFilter = { where: [], since: null, until: null };

/** Responses as rows in several files, as segments would hold them, neither in order nor apart in time; the last is a tail. */
function inFiles(responses: readonly ResponseRecorded[], files: number): RowSource {
  const batches = Array.from({ length: files }, (_, file) =>
    aBatch(buildRows(responses.filter((__, at) => at % files === file)), null),
  );
  return {
    files: batches.slice(1).map((batch) => ({ open: () => Promise.resolve(batch) })),
    tail: batches.slice(0, 1),
  };
}

function aBatch(rows: RequestRows, dead: Uint8Array | null): RowBatch {
  return { key: null, rows, dead };
}

const TRAFFIC = ["rag", "search", "web"].flatMap((service, place) =>
  aConversation(
    Array.from({ length: 20 }, (_, step) => ({
      at: step * 100 + place * 7,
      cacheWrite5m: 5_000,
      cacheRead: step * 100,
    })),
    { service, name: `s${String(place)}` },
  ),
);

describe("the newest responses of some rows", () => {
  it("are, where nothing is too many, those from which the same trace is made", async () => {
    const filters = fc.record({
      where: fc.constantFrom([], [{ key: "service", value: "web" }], [{ key: "workload", value: "rag" }] as const),
      since: fc.constantFrom(null, Date.parse("2026-10-10T10:20:00Z")),
      until: fc.constantFrom(null, Date.parse("2026-10-10T10:30:00Z")),
    }) as fc.Arbitrary<RequestFilter>;
    await fc.assert(
      fc.asyncProperty(filters, fc.integer({ min: 1, max: 5 }), async (filter, files) => {
        const { calls, from } = await newestResponses(inFiles(TRAFFIC, files), rowFilter(filter, UTC), 1000);
        const isWanted = matches(filter, UTC);
        const whole = traceFromResponses(anAccount(TRAFFIC).responses, listPriceBook(), isWanted);
        expect(traceFromCalls(calls, listPriceBook())).toEqual({
          ...whole,
          requests: whole.requests.map((request) => {
            const { raw: _, ...usage } = { raw: null, ...request.usage };
            return { ...request, usage };
          }),
        });
        expect(from).toBeNull();
        const everything = await newestResponses(inFiles(TRAFFIC, files), null, TRAFFIC.length);
        expect([everything.calls.length, everything.from]).toEqual([TRAFFIC.length, null]);
      }),
    );
  });

  it("are no more than asked for, the newest, with when they begin", async () => {
    const starts = TRAFFIC.map(({ timing }) => Date.parse(timing.startedAt ?? "")).sort((a, b) => b - a);
    for (const [max, isWantedIn] of [1, 7, 30].flatMap(
      (each) =>
        [
          [each, rowFilter(ALL, UTC)],
          [each, null],
        ] as const,
    )) {
      const { calls, from } = await newestResponses(inFiles(TRAFFIC, 3), isWantedIn, max);
      expect(calls.map(({ call }) => call.startedAt).sort((a, b) => b - a)).toEqual(starts.slice(0, max));
      expect(from).toBe(starts[max - 1]);
    }
  });

  it("leave out rows that do not count, and what others pay for", async () => {
    const others = TRAFFIC.map((event): ResponseRecorded => ({ ...event, billedTo: "nobody" }));
    expect(await newestResponses(inFiles(others, 2), rowFilter(ALL, UTC), 10)).toEqual({ calls: [], from: null });
    const rows = buildRows(TRAFFIC);
    const dead = new Uint8Array(rows.count).fill(1);
    dead[3] = 0;
    const source: RowSource = { files: [], tail: [aBatch(rows, dead)] };
    const { calls } = await newestResponses(source, rowFilter(ALL, UTC), 10);
    expect(calls.map(({ call }) => call.id)).toEqual([rows.details().id(3)]);
  });

  it("hold nothing of the files they were read from, however many these are, and have their prompts", async () => {
    const promptOf = (blocks: number, from = 0): PromptFingerprint => ({
      key: "k",
      blocks: Array.from({ length: blocks }, (_, index) => ({
        section: "messages",
        kind: "user.text",
        hash: (from + index).toString(16).padStart(16, "0"),
        tokens: 9,
      })),
    });
    const isNewest = (index: number): boolean => index % 16 === 15;
    // The newest are the last of each segment.
    const startedAt = (index: number): string => new Date(Date.UTC(2026, 9, 1, index % 16, index)).toISOString();
    const events = Array.from({ length: 64 }, (_, index) =>
      aRequestCompleted({
        id: `msg:${String(index)}`,
        occurredAt: "2026-10-02T00:00:00.000Z",
        timing: { ...aRequestCompleted().timing, startedAt: startedAt(index) },
        prompt: isNewest(index) ? promptOf(1) : promptOf(1000, index * 1000),
      }),
    );
    const view = await openView([await aLedgerOfSegments([events], 16)]);
    const opened: WeakRef<RequestDetails>[] = [];
    const files = view.files.map((file) => ({
      open: async (options: { readonly details: boolean }) => {
        const batch = await file.open(options);
        if (options.details) opened.push(new WeakRef(batch.rows.details()));
        return batch;
      },
    }));
    await collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    const { calls } = await newestResponses({ files, tail: [] }, null, 4);
    await collectGarbage();
    // The other 60 prompts have 60,000 blocks of at least 20 bytes.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(600_000);
    expect(opened).toHaveLength(4);
    expect(opened.filter((rows) => rows.deref() !== undefined)).toEqual([]);
    expect(calls.map(({ call }) => call.readPrompt())).toEqual(Array.from({ length: 4 }, () => promptOf(1)));
  });
});

async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // What a promise has just given stays for a turn.
  for (let round = 0; round < 3; round += 1) {
    await setTimeout(5);
    collect();
  }
}
