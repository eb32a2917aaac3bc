import { describe, expect, it } from "vitest";
import { importText } from "./support/import-transcripts.ts";
import { assistantLine, ndjson, USAGE, userLine } from "./support/transcript.ts";

/** Built as text: what nests this deep cannot be turned into text again. */
const ENDLESS_USAGE = JSON.stringify(assistantLine({ message: { usage: { ...USAGE, x: 0 } } })).replace(
  '"x":0',
  `"x":${"[".repeat(100_000)}1${"]".repeat(100_000)}`,
);

describe("a line that brings nothing", () => {
  it.each<[string, string, ReturnType<typeof assistantLine> | string]>([
    ["malformed-json", "is not JSON", "{not json"],
    ["malformed-json", "is cut off", '{"type":"assistant","message":{"usage"'],
    ["malformed-json", "holds zero bytes", "\0\0\0"],
    ["not-an-object", "is a number", "42"],
    ["not-an-object", "is a list", "[1]"],
    ["not-an-object", "is null", "null"],
    ["no-usage", "has no usage", assistantLine({ message: { usage: undefined } })],
    ["no-usage", "has a list for usage", assistantLine({ message: { usage: [] } })],
    ["no-usage", "has a text for message", { ...assistantLine(), message: "error" }],
    [
      "no-usage",
      "has only a legacy cost",
      { type: "assistant", costUSD: 0.05, inputTokens: 200, message: { model: "m" } },
    ],
    ["no-usage", "inherits its usage", '{"type":"assistant","message":{"__proto__":{"usage":{"input_tokens":1}}}}'],
    ["no-model", "has no model", assistantLine({ message: { model: "" } })],
    ["no-model", "has a number for a model", assistantLine({ message: { model: 5 } })],
    ["synthetic", "was written by the client", assistantLine({ message: { model: "<synthetic>" } })],
    ["no-timestamp", "has no time", assistantLine({ timestamp: undefined })],
    ["no-timestamp", "has an impossible day", assistantLine({ timestamp: "2026-02-30T10:00:00Z" })],
    ["invalid-usage", "has negative tokens", assistantLine({ message: { usage: { ...USAGE, input_tokens: -1 } } })],
    ["invalid-usage", "has half a token", assistantLine({ message: { usage: { ...USAGE, output_tokens: 1.5 } } })],
    ["invalid-usage", "has a text for tokens", assistantLine({ message: { usage: { ...USAGE, input_tokens: "1" } } })],
    [
      "invalid-usage",
      "has more tokens than are exact",
      assistantLine({ message: { usage: { input_tokens: 2 ** 53 } } }),
    ],
    ["invalid-usage", "has an empty usage", assistantLine({ message: { usage: {} } })],
    ["invalid-usage", "has a usage without end", ENDLESS_USAGE],
  ])("is counted as %s where it %s, and the lines around it are imported", async (reason, _, line) => {
    const before = assistantLine({ uuid: "b", message: { id: "msg_before" } });
    const after = assistantLine({ uuid: "c", message: { id: "msg_after" } });
    const { ledger, report, file } = await importText(ndjson(before, line, after));
    expect(report.skipped).toMatchObject({
      total: 1,
      byReason: { [reason]: 1 },
      examples: [{ file, line: 2, reason, why: expect.stringMatching(/./) }],
    });
    expect([...ledger.events.keys()]).toEqual(["msg:msg_before", "msg:msg_after"]);
  });

  it("names the field of a usage that cannot be billed", async () => {
    const { report } = await importText(ndjson(assistantLine({ message: { usage: { ...USAGE, input_tokens: -1 } } })));
    expect(report.skipped.examples[0]?.field).toBe("message.usage.input_tokens");
  });

  it("is counted exactly where examples are only some", async () => {
    const { report } = await importText("x\n".repeat(5_000));
    expect(report.skipped).toMatchObject({ total: 5_000, byReason: { "malformed-json": 5_000 } });
    expect(report.skipped.examples).toHaveLength(10);
  });
});

describe("a strange line", () => {
  it("of a user, a summary or a kind nobody knows is read and not counted as skipped", async () => {
    const { report } = await importText(ndjson(userLine({}), { type: "summary" }, { type: "novelty" }, {}, "", "   "));
    expect(report).toMatchObject({ lines: 6, snapshots: 0, skipped: { total: 0 } });
  });

  it("named after what every object inherits neither breaks nor changes anything", async () => {
    const line =
      '{"type":"assistant","__proto__":{"polluted":true},"constructor":1,"uuid":"__proto__","parentUuid":"__proto__",' +
      '"sessionId":"__proto__","timestamp":"2026-02-11T10:00:05Z","message":{"id":"__proto__","model":"__proto__",' +
      '"usage":{"input_tokens":1,"output_tokens":1,"__proto__":{"output_tokens":99}}}}';
    const { ledger } = await importText(ndjson(line, line));
    expect(ledger.response("msg:__proto__")).toMatchObject({
      context: { session: "__proto__" },
      usage: { parts: [{ tokens: { uncachedInput: 1, output: 1 } }] },
    });
    expect({}).not.toHaveProperty("polluted");
  });

  it("that is its own ancestor ends the search for the response before it", async () => {
    const { ledger } = await importText(
      ndjson(
        userLine({ uuid: "x", parentUuid: "y", timestamp: "2026-02-11T10:00:00Z" }),
        userLine({ uuid: "y", parentUuid: "x", timestamp: "2026-02-11T10:00:01Z" }),
        userLine({ uuid: "y", parentUuid: "y", timestamp: "2026-02-11T10:00:02Z" }),
        assistantLine({ uuid: "a1", parentUuid: "y" }),
        assistantLine({ uuid: "a2", parentUuid: "a2", message: { id: "msg_2" } }),
      ),
    );
    expect(ledger.responses().map(({ ids }) => ids.previousMessage)).toEqual([null, null]);
  });

  it("is read whatever ends it: a carriage return, a byte order mark before it, bytes that are no text", async () => {
    const marked = `\uFEFF${JSON.stringify(assistantLine())}\r\n`;
    const { report } = await importText(Buffer.concat([Buffer.from(marked), Buffer.from([0xff, 0xfe, 0x0a])]));
    expect(report).toMatchObject({ snapshots: 1, skipped: { byReason: { "malformed-json": 1 } } });
  });
});
