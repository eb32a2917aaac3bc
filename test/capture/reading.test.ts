import { join } from "node:path";
import { ledgerFetch, type Fetch } from "@farthing/adapters/anthropic";
import { describe, expect, it } from "vitest";
import { apiMessage, apiMessageEvents } from "../support/api-messages.ts";
import { inAnotherProcess } from "../support/another-process.ts";
import { PARAMS } from "../support/attached-client.ts";
import { recordEvents, type EventRecorder } from "../support/recorded-events.ts";
import { REPOSITORY } from "../support/repository.ts";
import { STREAM, written } from "../support/streamed.ts";

const URL_OF_MESSAGES = "https://api.anthropic.com/v1/messages";
const REQUEST = { method: "POST", body: JSON.stringify({ ...PARAMS, stream: true }) };
const CHUNKS = apiMessageEvents().map((event) => Buffer.from(written([event])));
const WHOLE = Buffer.concat(CHUNKS).toString();

/** A stream of bytes, as that of a `fetch` is. */
function bytesOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const left = chunks.map((chunk) => Uint8Array.from(chunk));
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const chunk = left.shift();
      if (chunk === undefined) {
        controller.close();
        controller.byobRequest?.respond(0);
      } else controller.enqueue(chunk);
    },
  });
}

function answering(sink: EventRecorder, answer: () => Response): Fetch {
  return ledgerFetch(sink, { fetch: () => Promise.resolve(answer()), onError: () => undefined });
}

async function bodyOf(sink: EventRecorder, stream = bytesOf(CHUNKS)): Promise<ReadableStream<Uint8Array>> {
  const { body } = await answering(sink, () => new Response(stream, { headers: STREAM }))(URL_OF_MESSAGES, REQUEST);
  if (body === null) throw new Error("the answer has no body");
  return body;
}

describe("an answer whose Response is gone, as that of a client that keeps the body alone", () => {
  /** Reads a stream in the way given, with the garbage collected between its chunks; the type of what is recorded. */
  async function readBy(way: string): Promise<string> {
    const result = await inAnotherProcess(
      {
        adapter: join(REPOSITORY, "packages/adapters/dist/anthropic/index.js"),
        chunks: CHUNKS.map((chunk) => chunk.toString()),
        url: URL_OF_MESSAGES,
        init: REQUEST,
        headers: STREAM,
      },
      `const { ledgerFetch } = await import(adapter);
       const { setFlagsFromString } = await import("node:v8");
       const { runInNewContext } = await import("node:vm");
       setFlagsFromString("--expose-gc");
       const gc = runInNewContext("gc");
       const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
       const collect = async () => {
         for (let turn = 0; turn < 3; turn += 1) {
           await wait(2);
           gc();
         }
       };
       const events = [];
       const sink = { record: (event) => events.push(event), flush: async () => {}, fingerprintKey: async () => null };
       // What a connection does: it keeps the stream that it feeds.
       globalThis.connection = new ReadableStream({
         async pull(controller) {
           const chunk = chunks.shift();
           if (chunk === undefined) controller.close();
           else controller.enqueue(new TextEncoder().encode(chunk));
         },
       }, { highWaterMark: 0 });
       const fetch = ledgerFetch(sink, { fetch: async () => new Response(connection, { headers }) });
       const bodyOf = async () => (await fetch(url, init)).body;
       ${way}
       for (let turn = 0; turn < 20 && events.length < 2; turn += 1) await collect();
       console.log(events.slice(1).map(({ type }) => type).join());`,
    );
    return result.stdout.trim() + result.stderr;
  }

  it.each([
    ["through another stream", "(await bodyOf()).pipeThrough(new TextDecoderStream())"],
    ["in a loop", "await bodyOf()"],
    ["in a loop over what it is split into", "(await bodyOf()).tee()[1]"],
  ])("is read to its end %s", async (_how, stream) => {
    const way = `for await (const chunk of ${stream}) await collect();`;
    expect(await readBy(way)).toBe("RequestCompleted");
  });

  it("is read to its end by one reader after the other", async () => {
    const way = `const body = await bodyOf();
      for await (const chunk of body.values({ preventCancel: true })) break;
      const reader = body.getReader();
      while (!(await reader.read()).done) await collect();`;
    expect(await readBy(way)).toBe("RequestCompleted");
  });

  it("is interrupted when nobody has what it was being read through any more, though the connection has the stream", async () => {
    const way = `await (async () => (await bodyOf())[Symbol.asyncIterator]().next())();`;
    expect(await readBy(way)).toBe("RequestInterrupted");
  });
});

describe("a body", () => {
  it("is heard by each of two ledgers with an answer made anew between them, each chunk once", async () => {
    for (const way of ["text", "loop"]) {
      const [near, far] = [recordEvents(), recordEvents()];
      const events = apiMessageEvents({ usage: null });
      const inner = answering(far, () => new Response(bytesOf([Buffer.from(written(events))]), { headers: STREAM }));
      const outer = ledgerFetch(near, {
        fetch: async (input, init) => {
          const answer = await inner(input, init);
          return new Response(answer.body, answer);
        },
      });
      const response = await outer(URL_OF_MESSAGES, REQUEST);
      if (way === "text") await response.text();
      else for await (const _chunk of response.body ?? []) continue;
      const seen = [{ type: "RequestInterrupted", observedCharacters: 14 }];
      expect(far.attempts).toMatchObject(seen);
      expect(near.attempts).toMatchObject(seen);
    }
  });

  it("is read on by another reader when the first lets go of it while it waits", async () => {
    const sink = recordEvents();
    let feed = (_chunk: Uint8Array | undefined): void => undefined;
    const source = new ReadableStream<Uint8Array>({
      start(controller) {
        feed = (chunk) => {
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        };
      },
    });
    const body = await bodyOf(sink, source);
    const first = body.getReader();
    const waiting = first.read();
    first.releaseLock();
    await expect(waiting).rejects.toThrow(TypeError);
    await expect(first.cancel()).rejects.toThrow(TypeError);
    for (const chunk of [...CHUNKS, undefined]) feed(chunk);
    const read: Uint8Array[] = [];
    for await (const chunk of body) read.push(chunk);
    expect(Buffer.concat(read).toString()).toBe(WHOLE);
    expect(sink.attempts).toMatchObject([{ type: "RequestCompleted" }]);
  });

  it("of bytes is split into streams of bytes that share no chunk", async () => {
    const sink = recordEvents();
    const [a, b] = (await bodyOf(sink)).tee();
    const [mine, other] = await Promise.all([
      a.getReader({ mode: "byob" }).read(new Uint8Array(9)),
      b.getReader().read(),
    ]);
    expect(Buffer.from(mine.value ?? []).toString()).toBe(WHOLE.slice(0, 9));
    expect(mine.value?.buffer).not.toBe(other.value?.buffer);
  });

  it("of bytes ends for whoever brings a buffer when it ends", async () => {
    const sink = recordEvents();
    const reader = (await bodyOf(sink)).tee()[0].getReader({ mode: "byob" });
    const read: Uint8Array[] = [];
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(1000));
      if (done) break;
      read.push(value);
    }
    expect(Buffer.concat(read).toString()).toBe(WHOLE);
    expect(sink.attempts).toMatchObject([{ type: "RequestCompleted" }]);
  });

  it("can be read on where a pipe that does not cancel it broke", async () => {
    const sink = recordEvents();
    const body = await bodyOf(sink);
    const broken = new WritableStream({ write: () => Promise.reject(new Error("full")) });
    await expect(body.pipeTo(broken, { preventCancel: true })).rejects.toThrow("full");
    expect(body.locked).toBe(false);
    await body.cancel();
  });

  it("of a client's own making may give its chunks at once, and not as promises", async () => {
    const sink = recordEvents();
    const left = [...CHUNKS];
    // As that of an older client: no stream of the web's, and not even one of Node's.
    class Chunks {
      [Symbol.asyncIterator](): object {
        return { next: () => ({ done: left.length === 0, value: left.shift() }) };
      }
    }
    const chunks = new Chunks();
    const kind = Object.create(Response.prototype, { body: { get: () => chunks } }) as object;
    const fetch = answering(sink, () => {
      const answer = new Response(null, { headers: STREAM });
      Object.setPrototypeOf(answer, kind);
      return answer;
    });
    const { body } = await fetch(URL_OF_MESSAGES, REQUEST);
    const read: Uint8Array[] = [];
    for await (const chunk of body ?? []) read.push(chunk);
    expect(Buffer.concat(read).toString()).toBe(WHOLE);
    expect(sink.attempts).toMatchObject([{ type: "RequestCompleted" }]);
  });

  it("that is being read cannot be piped, and says so as without Farthing", async () => {
    const body = await bodyOf(recordEvents());
    body.getReader();
    const piped = body.pipeTo(new WritableStream());
    await expect(piped).rejects.toThrow(TypeError);
  });
});

it("an answer that allows no changes is of unknown cost, once it came", async () => {
  const sink = recordEvents();
  const answer = Object.freeze(Response.json(apiMessage()));
  const got = await answering(sink, () => answer)(URL_OF_MESSAGES, REQUEST);
  expect(sink.attempts).toMatchObject([
    { type: "RequestFailed", status: 200, errorType: "response_not_read", cost: "unknown" },
  ]);
  expect(await got.json()).toMatchObject({ id: "msg_1" });
});
