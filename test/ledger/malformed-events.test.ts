import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  canonicalJson,
  loadParseEvent,
  openLedger,
  type LedgerEvent,
  type RequestCompleted,
  type RequestFailed,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alteredEvents } from "../support/altered-events.ts";
import { eventIds, events } from "../support/arbitraries.ts";
import {
  aRequestCompleted,
  aRequestFailed,
  anEventsDropped,
  anUnknownEvent,
  aUsageCorrected,
} from "../support/builders.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { onlySegmentOf } from "../support/ledger-files.ts";
import { logLines } from "../support/log-lines.ts";
import { runCli } from "../support/run-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const parseEvent = await loadParseEvent();

const completed: RequestCompleted = aRequestCompleted({ id: "msg:bad" });
const failed: RequestFailed = aRequestFailed({ id: "req:bad" });
const [part] = completed.usage.parts;

/** Events that are not what their types say, each with the field that is wrong. */
const malformed: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ["sources", { type: "RequestCompleted", version: 1, id: "msg:bad", occurredAt: completed.occurredAt }],
  ["usage.parts", { ...completed, usage: { ...completed.usage, parts: null } }],
  ["usage.parts", { ...completed, usage: { ...completed.usage, parts: [] } }],
  ["usage.parts.0.tokens.output", withOutput(-1)],
  ["usage.parts.0.tokens.output", withOutput("5")],
  ["usage.parts.0.tokens.output", withOutput(undefined)],
  ["usage.parts", withOutput(Number.MAX_SAFE_INTEGER)],
  ["servedModel", { ...completed, servedModel: undefined }],
  ["occurredAt", { ...completed, occurredAt: "yesterday" }],
  ["timing.startedAt", { ...completed, timing: { ...completed.timing, startedAt: "noon" } }],
  ["context", { ...completed, context: undefined }],
  ["labels", { ...completed, labels: null }],
  ["labels.team", { ...completed, labels: { team: 7 } }],
  ["conflicts", { ...completed, conflicts: undefined }],
  ["prompt.blocks.0.section", { ...completed, prompt: { key: "k", blocks: [{ hash: "zz" }] } }],
  ["timing", { ...failed, timing: undefined }],
  ["corrects", { ...aUsageCorrected(), corrects: undefined }],
  ["tokens.cacheRead", { ...anEventsDropped(), tokens: { ...anEventsDropped().tokens, cacheRead: null } }],
];

function withOutput(output: unknown): Readonly<Record<string, unknown>> {
  return { ...completed, usage: { ...completed.usage, parts: [{ ...part, tokens: { ...part?.tokens, output } }] } };
}

/** What `onError` hears when events are recorded, one after the other. */
async function refusals(recorded: readonly unknown[]): Promise<readonly unknown[]> {
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  await using ledger = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true, onError });
  return recorded.map((event) => {
    ledger.record(event as LedgerEvent);
    return errors.pop() ?? null;
  });
}

/** A ledger in whose log these events are, whatever they say, between two good ones. */
async function aLedgerHolding(found: readonly unknown[]): Promise<string> {
  const path = join(temporaryFolder(), "ledger");
  await using ledger = await openLedger(path, { mode: "write", create: true });
  await ledger.append([aRequestCompleted({ id: "msg:first" })]);
  const segment = onlySegmentOf(path);
  const { writer, seq, chain } = JSON.parse(readFileSync(segment, "utf8")) as Record<"writer" | "chain", string> & {
    readonly seq: number;
  };
  const all = [...(found as readonly LedgerEvent[]), aRequestCompleted({ id: "msg:last" })];
  appendFileSync(segment, logLines(writer, all, { seq, chain }).lines.join(""));
  return path;
}

/** Whether a line can hold a value, and says that it is a response. */
function isWritableResponse(value: unknown): value is Readonly<Record<string, unknown>> {
  try {
    const { type } = JSON.parse(canonicalJson(value)) as Readonly<Record<string, unknown>>;
    return type === "RequestCompleted" || type === "RequestInterrupted";
  } catch {
    return false;
  }
}

describe("an event that is not what its type says", () => {
  it.each(malformed)("is refused by record, and onError hears that it is its %s", async (field, event) => {
    expect(await refusals([event])).toMatchObject([{ code: "INVALID_EVENT", field }]);
  });

  it("in the log is damage that names its line, and costs no other", async () => {
    const path = await aLedgerHolding(malformed.map(([, event]) => event));
    await using ledger = await openLedger(path, { mode: "read" });
    expect((await eventsOf(ledger)).map(({ id }) => id)).toEqual(["msg:first", "msg:last"]);
    const damage = ledger.damage();
    expect(damage.map(({ line }) => line)).toEqual(malformed.map((_, index) => index + 2));
    for (const [index, [field]] of malformed.entries()) expect(damage[index]?.why).toContain(`event.${field}: `);
    expect((await ledger.account()).responses).toHaveLength(2);
    expect((await ledger.spend()).total.requests).toBe(2);
    expect((await ledger.requests()).rows).toHaveLength(2);
    expect((await runCli(["report", "--ledger", path])).stdout).toMatch(/2 responses[^]*18 damaged lines/);
    const { stdout } = await runCli(["verify", "--deep", "--ledger", path]);
    for (const [field] of malformed) expect(stdout).toContain(`event.${field}:`);
  });

  it("is left out by whoever reads rows as by whoever reads events, whichever of its fields is wrong", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(alteredEvents, { minLength: 100, maxLength: 100 }), async (some) => {
        const path = await aLedgerHolding(
          some.filter(isWritableResponse).map((event, index) => ({ ...event, id: `msg:${String(index)}` })),
        );
        await using ledger = await openLedger(path, { mode: "read" });
        const { responses } = await ledger.account();
        await using good = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true });
        await good.append(responses);
        expect((await ledger.spend()).total).toEqual((await good.spend()).total);
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  it("in the log does not keep a good one with its id out", async () => {
    const path = await aLedgerHolding(malformed.map(([, event]) => event));
    await using ledger = await openLedger(path, { mode: "write" });
    const outcomes = await ledger.append([completed, failed, aRequestCompleted({ id: "msg:last" })]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(["appended", "appended", "exists"]);
    expect((await ledger.account()).responses.map(({ id }) => id)).toContain("msg:bad");
  });
});

describe("an event that is recorded", () => {
  it("may be whatever could be appended, and nothing else", async () => {
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    await using ledger = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true, onError });
    const isRecorded = (event: unknown): boolean => {
      ledger.record(event as LedgerEvent);
      return errors.pop() === undefined;
    };
    fc.assert(fc.property(events(eventIds), (event) => isRecorded(parseEvent(event))));
    fc.assert(
      fc.property(alteredEvents, (event) => {
        if (isRecorded(event)) expect(() => parseEvent(JSON.parse(JSON.stringify(event)))).not.toThrow();
      }),
      { numRuns: 3_000 },
    );
  });

  it("may be of a type that this release does not know", async () => {
    expect(await refusals([anUnknownEvent(), { ...completed, version: 2, usage: null }])).toEqual([null, null]);
  });
});
