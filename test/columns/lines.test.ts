import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  decodeEvent,
  encodeEvent,
  foldAccount,
  NO_TOKENS,
  openView,
  type LedgerEvent,
  type PromptFingerprint,
  type RequestCompleted,
  type ResponseRecorded,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requestLists } from "../support/arbitraries.ts";
import { aRequestCompleted, type DeepPartial } from "../support/builders.ts";
import { isFullRun } from "../support/full-run.ts";
import { onlySegmentOf } from "../support/ledger-files.ts";
import { logLinesOf } from "../support/log-lines.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";
import { PLAIN_STYLE, writeJson, type JsonStyle } from "../support/odd-json.ts";
import { saidByAccount, saidByView } from "../support/what-a-view-says.ts";

const PROMPT: PromptFingerprint = {
  key: "k1",
  blocks: [
    { section: "tools", kind: "tool", hash: "0123456789abcdef", tokens: 0 },
    { section: "system", kind: "text", hash: "fedcba9876543210", tokens: 12, ttl: "1h" },
    { kind: "omitted", hash: "00000000ffffffff", blocks: 40, tokens: 4_000 },
    { section: "messages", kind: "user.text", hash: "ffffffff00000000", tokens: 1_234_567, ttl: "5m" },
  ],
};
const REQUEST = aRequestCompleted({
  id: "msg:1",
  ids: { message: "1", request: "req_1", previousMessage: "0" },
  context: { service: "s", project: "caf\u00e9" },
  labels: { team: "a" },
  prompt: PROMPT,
});

const styles: fc.Arbitrary<JsonStyle> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(PLAIN_STYLE) },
  {
    weight: 2,
    arbitrary: fc.record({
      isReversed: fc.boolean(),
      hasSpaces: fc.boolean(),
      isEscaped: fc.boolean(),
      hasDuplicates: fc.boolean(),
      number: fc.constantFrom<JsonStyle["number"]>(
        String,
        (value) => `${String(value)}.0`,
        (value) => `${String(value * 10)}e-1`,
      ),
    }),
  },
);
const prompts = fc.option(fc.constantFrom(PROMPT, { ...PROMPT, blocks: [] }, { ...PROMPT, key: '"\u00fc' }), {
  nil: undefined,
});

describe("a row", () => {
  it("says what its line says, however that is written", async () => {
    await fc.assert(
      fc.asyncProperty(
        requestLists,
        fc.infiniteStream(fc.tuple(styles, prompts, fc.boolean())),
        fc.constantFrom<readonly string[]>([], ["msg:0"]),
        async (events, ways, again) => {
          const all = [...events, ...events.filter(({ id }) => again.includes(id))];
          const texts = all.map((event) => {
            const [style, prompt, isPlain] = ways.next().value;
            if (event.type === "RequestFailed") return writeJson(event, style);
            return writeJson(
              { ...(isPlain ? plain(event) : event), ...(prompt === undefined ? {} : { prompt }) },
              style,
            );
          });
          const expected = saidByAccount(foldAccount(texts.map((text) => decodeEvent(text))));
          const path = await aLedgerOfTexts(texts);
          expect(await saidByView(await openView([path]))).toEqual(expected);
          seal(path);
          const view = await openView([path]);
          expect([view.files.length, view.tail.length, view.damage]).toEqual([1, 0, []]);
          expect(await saidByView(view)).toEqual(expected);
        },
      ),
      { numRuns: isFullRun ? 300 : 40 },
    );
  });
});

/** Of the chain value and what ends it: lines are told by it to be missing, and counted whatever it is. */
const CHAIN_BYTES = 67;

describe("rows of responses that differ in one of their terms", () => {
  it("have terms of their own", async () => {
    const part = { kind: "response", iteration: null, model: null, tokens: NO_TOKENS } as const;
    const changes: readonly DeepPartial<RequestCompleted>[] = [
      {},
      { billedTo: "nobody" },
      { finality: "placeholder" },
      { output: "lower-bound" },
      { requestedModel: null },
      { servedModel: "claude-haiku-4-5" },
      { stopReason: null },
      { timing: { occurredAtProvenance: "derived" } },
      { timing: { startedAtProvenance: "derived" } },
      { usage: { inferenceGeo: "us" } },
      { usage: { serviceTier: "batch" } },
      { usage: { speed: "fast" } },
      { usage: { notes: ["unknown-iteration-type"] } },
      { usage: { parts: [{ ...part, kind: "message" }] } },
      { usage: { parts: [{ ...part, iteration: 0 }] } },
      { usage: { parts: [{ ...part, model: "claude-haiku-4-5" }] } },
    ];
    const events = changes.map((change, index) => aRequestCompleted({ id: `msg:${String(index)}`, ...change }));
    const view = await openView([await aLedgerOfTexts(events.map(encodeEvent))]);
    expect(view.tail[0]?.rows.terms.length).toBe(changes.length);
    expect(await saidByView(view)).toEqual(saidByAccount(foldAccount(events)));
  });
});

describe("a line of which a bit was changed before its chain value", () => {
  it("is damage, whichever bit it is, and the lines around it count", async () => {
    const path = await aLedgerOfTexts(
      ["0", "1", "2"].map((id) => writeJson({ ...REQUEST, id: `msg:${id}` }, PLAIN_STYLE)),
    );
    const segment = onlySegmentOf(path);
    const good = Buffer.from(lines.get(path) ?? "");
    const [first, second] = [good.indexOf("\n") + 1, good.indexOf("\n", good.indexOf("\n") + 1)];
    for (let at = first; at < second - CHAIN_BYTES; at += isFullRun ? 3 : 13) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(segment, bytes);
      const view = await openView([path]);
      expect(view.damage.length, `byte ${String(at)}`).toBeGreaterThan(0);
      expect(view.tail[0]?.rows.count, `byte ${String(at)}`).toBe(2);
    }
  });
});

describe("a line with a right checksum whose event is no JSON", () => {
  it.each([
    [`"team":"a"`, `"team":a`],
    [`"service":"s"`, `"service":"s",`],
    [`"sources":["test"]`, `"sources":[test]`],
    [`"notes":[]`, `"notes":[,]`],
    [`"input_tokens":100`, `"input_tokens":0100`],
    [`"service_tier":"standard"}`, `"service_tier":"standard",}`],
    [`"tokens":12,`, `"tokens":012,`],
    [`"blocks":[`, `"blocks":[,`],
    [`"ttl":"5m"}`, `"ttl":"5m"},`],
    [`"key":"k1"`, `"key":"k1`],
    [`"attempt":null`, `"attempt":nul`],
    [`"output":10,`, `"output":+10,`],
  ])("is damage: %s written as %s", async (right, wrong) => {
    const text = writeJson(REQUEST, PLAIN_STYLE);
    expect(text).toContain(right);
    const path = await aLedgerOfTexts([text.replace(right, wrong), writeJson({ ...REQUEST, id: "b" }, PLAIN_STYLE)]);
    const view = await openView([path]);
    expect([view.damage.length, view.tail[0]?.rows.count]).toEqual([1, 1]);
  });
});

/** A response as most are: of one part, without texts that have to be escaped. */
function plain(event: ResponseRecorded): ResponseRecorded {
  const { context, ids, labels } = REQUEST;
  const raw = { a: { b: [1, -2.5, { c: "\u00fc" }], d: [] }, e: {}, f: null };
  return {
    ...event,
    context,
    ids,
    labels,
    conflicts: [],
    usage: { ...event.usage, parts: event.usage.parts.slice(0, 1), raw },
  };
}

/** What the segments of ledgers made here hold. */
const lines = new Map<string, string>();

/** A ledger of one log, whose events are written like this. */
async function aLedgerOfTexts(texts: readonly string[]): Promise<string> {
  const none: readonly LedgerEvent[] = [];
  const path = await aLedgerOfSegments([none], 1);
  const text = logLinesOf("w", texts).lines.join("");
  lines.set(path, text);
  const segment = join(path, "segments", "w-00000001.ndjson");
  mkdirSync(dirname(segment), { recursive: true });
  writeFileSync(segment, text);
  return path;
}

/** Begins the next segment. */
function seal(path: string): void {
  writeFileSync(join(path, "segments", "w-00000002.ndjson"), "");
}
