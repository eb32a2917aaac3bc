import { encodeEvent } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aBatchSubmitted, anUnknownEvent, aRequestCompleted, aRequestFailed } from "../support/builders.ts";
import { importNdjson } from "./support/import-ndjson.ts";
import { MemoryLedger } from "./support/memory-ledger.ts";
import { ndjson } from "./support/transcript.ts";

const USAGE = { input_tokens: 100, output_tokens: 10, cache_read_input_tokens: 900 };
const SHORT = { at: "2026-10-01T12:00:00+02:00", model: "claude-opus-5", usage: USAGE };

async function imported(...lines: readonly (object | string)[]): Promise<MemoryLedger> {
  const ledger = new MemoryLedger();
  const report = await importNdjson(ledger, ndjson(...lines));
  expect(report.skipped.examples).toEqual([]);
  return ledger;
}

describe("a line in short form", () => {
  it("is a complete response with its usage converted and its time in UTC", async () => {
    const ledger = await imported({ ...SHORT, messageId: "msg_1" });
    expect(ledger.response("msg:msg_1")).toMatchObject({
      type: "RequestCompleted",
      occurredAt: "2026-10-01T10:00:00.000Z",
      sources: ["events"],
      finality: "complete",
      output: "final",
      servedModel: "claude-opus-5",
      billedTo: "self",
      usage: { parts: [{ tokens: { uncachedInput: 100, cacheRead: 900, output: 10 } }], raw: USAGE },
      timing: { startedAt: null, startedAtProvenance: "missing", occurredAtProvenance: "reported" },
      request: null,
      labels: {},
    });
  });

  it("was billed at the batch tier where it came out of a batch, said so or not", async () => {
    const ledger = await imported({ ...SHORT, batchId: "msgbatch_1", customId: "a" });
    expect(ledger.response("batch:msgbatch_1/a")).toMatchObject({ usage: { serviceTier: "batch" } });
  });

  it("cannot have started after it was complete", async () => {
    const ledger = new MemoryLedger();
    const report = await importNdjson(ledger, ndjson({ ...SHORT, startedAt: "2026-10-01T10:00:01Z" }));
    expect(report.skipped.examples).toMatchObject([{ line: 1, field: "startedAt" }]);
  });

  it("carries every field that is documented", async () => {
    const context = {
      session: "s",
      project: "p",
      agent: "a",
      gitBranch: "b",
      clientVersion: "1",
      service: "rag",
      release: "r",
      host: "h",
      environment: "prod",
      callSite: "src/a.ts:4",
    };
    const ledger = await imported({
      ...SHORT,
      ...context,
      messageId: "msg_1",
      requestId: "req_1",
      workspaceId: "wrkspc_1",
      batchId: "msgbatch_1",
      customId: "c1",
      previousMessageId: "msg_0",
      startedAt: "2026-10-01T09:59:58Z",
      firstTokenAt: "2026-10-01T09:59:59Z",
      requestedModel: "claude-opus-5-latest",
      stopReason: "end_turn",
      complete: false,
      billedTo: "user-profile",
      attempt: 1,
      cacheMissReason: "tools_changed",
      source: "gateway",
      request: { maxTokens: 4096, stream: true, cacheBreakpoints: [{ section: "system", ttl: "1h" }] },
      labels: { team: "search" },
    });
    expect(ledger.response("msg:msg_1")).toMatchObject({
      context,
      sources: ["gateway"],
      finality: "placeholder",
      output: "lower-bound",
      requestedModel: "claude-opus-5-latest",
      stopReason: "end_turn",
      billedTo: "user-profile",
      attempt: 1,
      cacheMissReason: "tools_changed",
      ids: {
        message: "msg_1",
        request: "req_1",
        workspace: "wrkspc_1",
        batch: "msgbatch_1",
        custom: "c1",
        previousMessage: "msg_0",
      },
      timing: {
        startedAt: "2026-10-01T09:59:58.000Z",
        startedAtProvenance: "reported",
        firstTokenAt: "2026-10-01T09:59:59.000Z",
      },
      request: { maxTokens: 4096, stream: true, effort: null, cacheBreakpoints: [{ section: "system", ttl: "1h" }] },
      labels: { team: "search" },
    });
  });

  it.each([
    [{ messageId: "msg_1", requestId: "req_1", id: "mine" }, "msg:msg_1"],
    [{ id: "msg_1" }, "msg:msg_1"],
    [{ batchId: "b", customId: "c", requestId: "req_1" }, "batch:b/c"],
    [{ requestId: "req_1", id: "mine" }, "req:req_1"],
    [{ id: "mine" }, "own:mine"],
    [{ id: null, messageId: null }, "line:"],
  ])("with %j has the id %s", async (ids, id) => {
    const ledger = await imported({ ...SHORT, ...ids });
    expect([...ledger.events.keys()]).toEqual([expect.stringContaining(id)]);
  });

  it("without an id counts as often as it stands in the input, however often that is imported", async () => {
    const { usage, at, model } = SHORT;
    const text = ndjson(SHORT, { usage, model, at }, SHORT, { ...SHORT, service: "other" });
    const ledger = new MemoryLedger();
    expect((await importNdjson(ledger, text)).outcomes.appended).toBe(4);
    expect((await importNdjson(ledger, text)).outcomes).toMatchObject({ appended: 0, exists: 4 });
  });

  it("without an id is the same whatever the order of its fields", async () => {
    const { usage, at, model } = SHORT;
    expect((await imported(SHORT)).account()).toBe((await imported({ usage, model, at })).account());
  });

  it("of a request refused before any output is billed to nobody", async () => {
    const refused = { ...SHORT, messageId: "msg_1", stopReason: "refusal", usage: { ...USAGE, output_tokens: 0 } };
    expect((await imported(refused)).response("msg:msg_1").billedTo).toBe("nobody");
  });
});

describe("a whole event", () => {
  it("is imported as it was exported, whatever its type", async () => {
    const events = [aRequestCompleted(), aRequestFailed(), aBatchSubmitted(), anUnknownEvent()];
    const ledger = await imported(...events.map(encodeEvent));
    expect([...ledger.events.values()].map(encodeEvent)).toEqual(events.map(encodeEvent));
  });

  it("merges with a short form of the same message", async () => {
    const event = aRequestCompleted({ finality: "placeholder", output: "lower-bound", context: { service: "rag" } });
    const ledger = await imported(encodeEvent(event), { ...SHORT, messageId: "msg_1" });
    expect(ledger.responses()).toHaveLength(1);
    expect(ledger.response("msg:msg_1")).toMatchObject({ finality: "complete", context: { service: "rag" } });
  });
});

describe("a bad line", () => {
  it.each<[string, string | null, object | string]>([
    ["malformed-json", null, "{nope"],
    ["not-an-object", null, "[]"],
    ["invalid-event", "at", { ...SHORT, at: "2026-10-01" }],
    ["invalid-event", "at", { ...SHORT, at: "2026-02-30T10:00:00Z" }],
    ["invalid-event", "at", { model: "m", usage: USAGE }],
    ["invalid-event", "model", { ...SHORT, model: "" }],
    ["invalid-event", "usage", { ...SHORT, usage: 5 }],
    ["invalid-event", "usage.input_tokens", { ...SHORT, usage: { input_tokens: -1 } }],
    ["invalid-event", "usage.output_tokens", { ...SHORT, usage: { output_tokens: 0.5 } }],
    ["invalid-event", "usage.input_tokens", { ...SHORT, usage: { input_tokens: 2 ** 53 } }],
    ["invalid-event", "startedAt", { ...SHORT, startedAt: "yesterday" }],
    ["invalid-event", "labels.team", { ...SHORT, labels: { team: 5 } }],
    [
      "invalid-event",
      "labels.__proto__",
      `{"at":"2026-10-01T12:00:00Z","model":"m","usage":{"input_tokens":1},"labels":{"__proto__":"x"}}`,
    ],
    ["invalid-event", "servcie", { ...SHORT, servcie: "rag" }],
    ["invalid-event", "request.max_tokens", { ...SHORT, request: { max_tokens: 5 } }],
    ["invalid-event", "id", { ...aRequestCompleted(), id: "" }],
    ["invalid-event", "usage", { ...aRequestCompleted(), usage: undefined }],
    ["invalid-event", "id", { type: "RequestCompleted" }],
    ["invalid-event", "type", { ...aRequestCompleted(), type: 7 }],
    [
      "invalid-event",
      null,
      `{"type":"New","id":"x","version":1,"occurredAt":"2026-10-01T12:00:00Z","x":${"[".repeat(9_999)}${"]".repeat(9_999)}}`,
    ],
  ])("is reported as %s with its field %s, and the lines around it are imported", async (reason, field, line) => {
    const ledger = new MemoryLedger();
    const text = ndjson({ ...SHORT, id: "before" }, "", line, {
      ...SHORT,
      id: "after",
    });
    const report = await importNdjson(ledger, text);
    expect(report).toMatchObject({ lines: 4, snapshots: 2, skipped: { total: 1, byReason: { [reason]: 1 } } });
    expect(report.skipped.examples).toEqual([
      { file: "events.ndjson", line: 3, reason, field, why: expect.stringMatching(/./) },
    ]);
    expect([...ledger.events.keys()]).toEqual(["own:before", "own:after"]);
  });
});

describe("an input", () => {
  it("may lack its last newline, be empty, or use carriage returns", async () => {
    const line = JSON.stringify(SHORT);
    for (const [text, count] of [
      ["", 0],
      ["\n\n", 0],
      [line, 1],
      [`${line}\r\n${line}\r\n`, 2],
    ] as const) {
      expect((await importNdjson(new MemoryLedger(), text)).snapshots).toBe(count);
    }
  });

  it("gives the same account in pieces of any size", async () => {
    const text = ndjson(
      { ...SHORT, id: "ü💶" },
      "x",
      { ...SHORT, id: "b" },
      { ...SHORT, labels: { ä: "ö" } },
    ).trimEnd();
    const whole = new MemoryLedger();
    const report = await importNdjson(whole, text);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: text.length + 20 }), async (pieceBytes) => {
        const ledger = new MemoryLedger();
        expect(await importNdjson(ledger, text, pieceBytes)).toEqual(report);
        expect(ledger.account()).toBe(whole.account());
      }),
    );
  });

  it("of more events than are appended at once loses none", async () => {
    const lines = Array.from({ length: 4_500 }, (_, index) => ({ ...SHORT, id: String(index) }));
    const ledger = new MemoryLedger();
    expect((await importNdjson(ledger, ndjson(...lines))).outcomes.appended).toBe(4_500);
    expect(ledger.events.size).toBe(4_500);
  });

  it("leaves two events of one id that contradict each other to the ledger, one call each", async () => {
    const ledger = new MemoryLedger();
    const events = [aBatchSubmitted({ requestCount: 1 }), aBatchSubmitted({ requestCount: 2 })];
    expect((await importNdjson(ledger, ndjson(...events.map(encodeEvent)))).outcomes).toMatchObject({
      appended: 1,
      merged: 1,
    });
  });

  it("of which the ledger refuses an event brings all others", async () => {
    const ledger = new MemoryLedger();
    ledger.refused = "own:b";
    const report = await importNdjson(ledger, ndjson(...["a", "b", "c"].map((id) => ({ ...SHORT, id }))));
    expect(report.skipped.examples).toMatchObject([{ line: 2, reason: "invalid-event", field: "id" }]);
    expect([...ledger.events.keys()]).toEqual(["own:a", "own:c"]);
  });

  it("names responses of unknown models, which are imported all the same", async () => {
    const ledger = new MemoryLedger();
    const report = await importNdjson(ledger, ndjson({ ...SHORT, model: "claude-haiku-9" }, SHORT));
    expect(report).toMatchObject({
      outcomes: { appended: 2 },
      unknownModels: { responses: 1, models: [{ model: "claude-haiku-9", responses: 1 }] },
    });
  });
});
