import { setTimeout as wait } from "node:timers/promises";
import type Anthropic from "@anthropic-ai/sdk";
import { ledgerFetch } from "@farthing/adapters/anthropic";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apiMessageEvents } from "../support/api-messages.ts";
import { aClient, anAttachedClient, PARAMS } from "../support/attached-client.ts";
import { bytesReply, eventsReply, openLoopbackApi, type Reply } from "../support/loopback-api.ts";
import { recordEvents } from "../support/recorded-events.ts";
import { STREAM, streamed, written } from "../support/streamed.ts";
import { anyText } from "../support/any-text.ts";

/** Reads up to so many deltas, then leaves the loop. */
async function readDeltas(client: Anthropic, deltas: number): Promise<number> {
  let seen = 0;
  for await (const event of await client.messages.create({ ...PARAMS, stream: true })) {
    if (event.type === "content_block_delta") seen += 1;
    if (seen === deltas) break;
  }
  return seen;
}

/** Sends these chunks, one every millisecond, for as long as the client is there. */
function slowReply(chunks: readonly string[]): Reply {
  return async (_request, to) => {
    to.head(200, STREAM);
    for (const chunk of chunks) {
      if (!(await to.write(chunk))) return;
      await wait(1);
    }
    to.end();
  };
}

describe("a stream that is left early", () => {
  const deltas = Array.from({ length: 100 }, (_, index) => `word ${String(index)} `);
  const chunks = apiMessageEvents({ texts: deltas }).map((event) => written([event]));

  it("stops the server as early as without Farthing", async () => {
    await using api = await openLoopbackApi(slowReply(chunks));
    await readDeltas(aClient(api.url), 5);
    await using attached = await anAttachedClient(slowReply(chunks));
    await readDeltas(attached.client, 5);
    await wait(50);

    const [bare, seen] = [api.sent[0]?.chunks ?? 0, attached.api.sent[0]?.chunks ?? 0];
    expect(attached.api.sent[0]?.isCutShort).toBe(true);
    // Eight events come before the fifth delta; the rest is how long it takes the server to notice.
    expect(seen).toBeLessThan(30);
    expect(Math.abs(seen - bare)).toBeLessThan(15);
  });

  it("is recorded as interrupted: its prompt exactly, its output from below, with the characters that were seen", async () => {
    await using attached = await anAttachedClient(slowReply(chunks));
    await readDeltas(attached.client, 5);
    // "word 0 " to "word 4 ".
    expect(attached.sink.attempts).toMatchObject([
      {
        type: "RequestInterrupted",
        id: "msg:msg_1",
        servedModel: "claude-sonnet-5",
        output: "lower-bound",
        observedCharacters: 35,
        usage: { parts: [{ tokens: { uncachedInput: 100, output: 1 } }] },
        stopReason: null,
      },
    ]);
  });

  it("is complete when the usage had come", async () => {
    await using attached = await anAttachedClient(eventsReply(apiMessageEvents()));
    for await (const event of await attached.client.messages.create({ ...PARAMS, stream: true })) {
      if (event.type === "message_delta") break;
    }
    expect(attached.sink.attempts).toMatchObject([
      {
        type: "RequestCompleted",
        output: "final",
        stopReason: "end_turn",
        usage: { parts: [{ tokens: { output: 10 } }] },
      },
    ]);
  });
});

describe("a stream", () => {
  it("reaches the client while the server still holds back the rest", async () => {
    let sawFirst = (): void => undefined;
    const firstSeen = new Promise<void>((resolve) => {
      sawFirst = resolve;
    });
    const [first, ...rest] = apiMessageEvents();
    await using attached = await anAttachedClient(async (_request, to) => {
      to.head(200, STREAM);
      await to.write(written(first === undefined ? [] : [first]));
      await firstSeen;
      await to.write(written(rest));
      to.end();
    });
    for await (const _event of await attached.client.messages.create({ ...PARAMS, stream: true })) sawFirst();
    expect(attached.sink.attempts).toMatchObject([{ type: "RequestCompleted" }]);
  });

  it("says when its first content came, between its start and its end", async () => {
    let at = Date.parse("2026-10-01T10:00:00.000Z");
    await using attached = await anAttachedClient(eventsReply(apiMessageEvents()), {
      capture: { now: () => (at += 1000) },
    });
    await readDeltas(attached.client, Infinity);
    const [completed] = attached.sink.of("RequestCompleted");
    // The clock ticks when the capture starts, at the request, at the answer, at the first content and at the end.
    expect(completed).toMatchObject({
      timing: { startedAt: "2026-10-01T10:00:02.000Z", firstTokenAt: "2026-10-01T10:00:04.000Z" },
      occurredAt: "2026-10-01T10:00:05.000Z",
    });
  });

  it("is read no faster than the client reads it", async () => {
    const pulled: number[] = [];
    const chunks = apiMessageEvents().map((event) => Buffer.from(written([event])));
    const response = await streamed(recordEvents(), chunks, pulled);
    const reader = response.body?.getReader();
    expect(pulled).toEqual([]);
    await reader?.read();
    await reader?.read();
    await wait(1);
    expect(pulled).toEqual([0, 1]);
  });
});

/** Cuts bytes at these places. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set([...places.map((place) => place % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end)).filter(({ length }) => length > 0);
}

const texts = fc.array(anyText({ maxLength: 12 }), { maxLength: 6 });

describe("the bytes of a stream", () => {
  it("are the same, chunk for chunk, wherever they are cut, and so is what is recorded", async () => {
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.array(fc.nat(), { maxLength: 40 }),
        fc.constantFrom("\n", "\r\n", "\r"),
        async (deltas, places, newline) => {
          const bytes = Buffer.from(written(apiMessageEvents({ texts: deltas }), newline));
          const chunks = cutAt(bytes, places);
          const sink = recordEvents();
          const response = await streamed(sink, chunks);
          const seen: Uint8Array[] = [];
          for await (const chunk of response.body ?? []) seen.push(chunk);
          expect(seen.map((chunk) => Buffer.from(chunk))).toEqual(chunks);
          expect(sink.attempts).toMatchObject([
            { type: "RequestCompleted", usage: { parts: [{ tokens: { uncachedInput: 100, output: 10 } }] } },
          ]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("say how many characters were seen, whatever they are", async () => {
    await fc.assert(
      fc.asyncProperty(texts, fc.array(fc.nat(), { maxLength: 40 }), async (deltas, places) => {
        const sink = recordEvents();
        const bytes = Buffer.from(written(apiMessageEvents({ texts: deltas, usage: null })));
        const response = await streamed(sink, cutAt(bytes, places));
        await response.text();
        expect(sink.attempts).toMatchObject([
          { type: "RequestInterrupted", observedCharacters: deltas.join("").length },
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it("say so of text, thinking and the input of tools, in any order, and of nothing else", async () => {
    const texts = { text_delta: "text", thinking_delta: "thinking", input_json_delta: "partial_json" } as const;
    const others = { signature_delta: "signature", citations_delta: "citation" } as const;
    const delta = fc.record({
      index: fc.nat({ max: 12 }),
      type: fc.constantFrom(...(Object.keys({ ...texts, ...others }) as (keyof typeof texts | keyof typeof others)[])),
      text: fc.oneof(anyText({ maxLength: 12 }), fc.constantFrom("\\n\n", '"}}', "text_delta")),
      more: fc.option(fc.constant({ extra: '"}}' }), { nil: undefined, freq: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(delta, { maxLength: 40 }), fc.boolean(), async (deltas, inOnePiece) => {
        const [start, end] = [apiMessageEvents({ texts: [], usage: null })].flatMap((all) => [
          all.slice(0, 1),
          all.slice(1),
        ]);
        const events = deltas.map(({ index, type, text, more }) => ({
          type: "content_block_delta",
          index,
          delta: { type, [{ ...texts, ...others }[type]]: text, ...more },
        }));
        const chunks = [...(start ?? []), ...events, ...(end ?? [])].map((event) => Buffer.from(written([event])));
        const sink = recordEvents();
        await (await streamed(sink, inOnePiece ? [Buffer.concat(chunks)] : chunks)).text();
        const counted = deltas.filter(({ type }) => type in texts).map(({ text }) => text);
        expect(sink.attempts).toMatchObject([
          { type: "RequestInterrupted", observedCharacters: counted.join("").length },
        ]);
      }),
      { numRuns: 200 },
    );
  });

  it.each(["text", "arrayBuffer", "blob", "clone", "tee", "pipeThrough", "getReader"] as const)(
    "are heard when they are read by %s",
    async (way) => {
      const sink = recordEvents();
      const bytes = Buffer.from(written(apiMessageEvents()));
      const response = await streamed(sink, cutAt(bytes, [40, 300]));
      const body = response.body ?? new ReadableStream<Uint8Array>();
      const read = {
        text: () => response.text(),
        arrayBuffer: async () => Buffer.from(await response.arrayBuffer()).toString(),
        blob: async () => (await response.blob()).text(),
        clone: async () => (await Promise.all([response.clone().text(), response.text()]))[0],
        tee: async () => (await Promise.all(body.tee().map((half) => new Response(half).text())))[0],
        pipeThrough: () => new Response(body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>())).text(),
        getReader: async () => {
          const reader = body.getReader();
          const chunks: Uint8Array[] = [];
          for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value);
          return Buffer.concat(chunks).toString();
        },
      };
      expect(await read[way]()).toBe(bytes.toString());
      expect(sink.attempts).toMatchObject([{ type: "RequestCompleted", id: "msg:msg_1" }]);
    },
  );

  it("leave the response as it is: its status, headers, address and type", async () => {
    const sent = new Response("", { status: 201, statusText: "Made", headers: { "x-own": "1", ...STREAM } });
    Object.defineProperty(sent, "url", { value: "https://api.anthropic.com/v1/messages" });
    const got = await ledgerFetch(recordEvents(), { fetch: () => Promise.resolve(sent) })(
      "https://api.anthropic.com/v1/messages",
      { method: "POST", body: "{}" },
    );
    expect(got).toBe(sent);
    expect(got).toBeInstanceOf(Response);
    expect(Object.keys(got)).toEqual([]);
    expect([got.status, got.statusText, got.headers.get("x-own"), got.type, got.redirected, got.url]).toEqual([
      201,
      "Made",
      "1",
      "default",
      false,
      "https://api.anthropic.com/v1/messages",
    ]);
  });
});

it("a line that never ends is not kept", async () => {
  await using attached = await anAttachedClient(
    bytesReply(
      [
        written(apiMessageEvents({ usage: null })),
        `data: {"type":"message_delta","filler":"${"x".repeat(3_000_000)}`,
        `"}\n\n`,
      ],
      { headers: STREAM },
    ),
  );
  await (await attached.client.messages.create({ ...PARAMS, stream: true }).asResponse()).text();
  expect(attached.sink.attempts).toMatchObject([{ type: "RequestInterrupted" }]);
});
