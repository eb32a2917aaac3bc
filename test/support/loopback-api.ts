import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";

/** One request as it came over the wire. */
interface ReceivedRequest {
  /** 0 for the first one the server got. */
  readonly index: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The way back to the client. Nothing here throws when the client has gone. */
interface ReplyChannel {
  head(status: number, headers?: Readonly<Record<string, string>>): void;
  /** Sends a chunk of its own; false when the client has gone. */
  write(chunk: string | Uint8Array): Promise<boolean>;
  end(): void;
  /** Breaks the connection off. */
  destroy(): void;
  readonly isGone: boolean;
}

/** What the server does with a request. */
export type Reply = (request: ReceivedRequest, to: ReplyChannel) => void | Promise<void>;

/** What one answer came to. */
interface SentAnswer {
  chunks: number;
  bytes: number;
  /** Whether the client went away before the end. */
  isCutShort: boolean;
}

/** An HTTP server on a port of its own, for real clients to talk to. */
export interface LoopbackApi extends AsyncDisposable {
  /** For a client's `baseURL`. */
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** What was sent for each request, by its index. */
  readonly sent: readonly SentAnswer[];
  /** Answers differently from now on. */
  reply(reply: Reply): void;
}

/** So many clients may wait to be connected; the system may allow fewer. */
const BACKLOG = 4_096;

export async function openLoopbackApi(first: Reply): Promise<LoopbackApi> {
  let reply = first;
  const requests: ReceivedRequest[] = [];
  const sent: SentAnswer[] = [];
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const request = await receive(incoming, requests.length);
      const answer: SentAnswer = { chunks: 0, bytes: 0, isCutShort: false };
      requests[request.index] = request;
      sent[request.index] = answer;
      await reply(request, channelTo(outgoing, answer));
    })().catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  server.keepAliveTimeout = 1000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", BACKLOG, resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    requests,
    sent,
    reply(next) {
      reply = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One answer after the other; the last one for all requests that follow. */
export function inTurn(...replies: readonly [Reply, ...Reply[]]): Reply {
  let next = 0;
  return (request, to) => {
    const reply = replies[Math.min(next, replies.length - 1)] ?? replies[0];
    next += 1;
    return reply(request, to);
  };
}

export interface AnswerOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sends the body in chunks of so many bytes; otherwise JSON is one chunk, and so is each event of a stream. */
  readonly chunkBytes?: number;
}

/** A JSON body. */
export function jsonReply(body: unknown, options: AnswerOptions = {}): Reply {
  return bytesReply(JSON.stringify(body), {
    ...options,
    headers: { "content-type": "application/json", "request-id": "req_1", ...options.headers },
  });
}

/** An error in the API's own form. */
export function errorReply(status: number, type: string, options: AnswerOptions = {}): Reply {
  return jsonReply(
    { type: "error", error: { type, message: `a ${type}` }, request_id: "req_1" },
    { ...options, status },
  );
}

/** Server-sent events, each named after its `type`. */
export function eventsReply(events: readonly { readonly type: string }[], options: AnswerOptions = {}): Reply {
  const chunks = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return bytesReply(options.chunkBytes === undefined ? chunks : chunks.join(""), {
    ...options,
    headers: { "content-type": "text/event-stream; charset=utf-8", "request-id": "req_1", ...options.headers },
  });
}

/** A body as it is, in the chunks given; a single one is cut into `chunkBytes`. Stops when the client goes away. */
export function bytesReply(
  body: string | Uint8Array | readonly (string | Uint8Array)[],
  { status = 200, headers = {}, chunkBytes }: AnswerOptions = {},
): Reply {
  return async (_request, to) => {
    to.head(status, headers);
    const chunks = typeof body === "string" || body instanceof Uint8Array ? cut(body, chunkBytes) : body;
    for (const chunk of chunks) if (!(await to.write(chunk))) return;
    to.end();
  };
}

/** Takes the request and never answers. */
export const noReply: Reply = () => undefined;

/** Takes the request and breaks the connection off. */
export const brokenReply: Reply = (_request, to) => {
  to.destroy();
};

function cut(body: string | Uint8Array, chunkBytes = Infinity): Uint8Array[] {
  const bytes = Buffer.from(body);
  if (bytes.length <= chunkBytes) return [bytes];
  const count = Math.ceil(bytes.length / chunkBytes);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes));
}

async function receive(incoming: IncomingMessage, index: number): Promise<ReceivedRequest> {
  const { method = "", url = "", headers } = incoming;
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk as Uint8Array));
  return { index, method, path: url, headers, body: Buffer.concat(chunks).toString("utf8") };
}

function channelTo(outgoing: ServerResponse, answer: SentAnswer): ReplyChannel {
  outgoing.on("error", () => undefined);
  outgoing.on("close", () => {
    answer.isCutShort = !outgoing.writableFinished;
  });
  // Small chunks are to arrive as they are sent.
  outgoing.socket?.setNoDelay(true);
  const isGone = (): boolean => outgoing.destroyed || outgoing.socket === null || outgoing.socket.destroyed;
  return {
    head(status, headers = {}) {
      outgoing.writeHead(status, headers);
      outgoing.flushHeaders();
    },
    async write(chunk) {
      if (isGone()) return false;
      const hasRoom = outgoing.write(chunk);
      answer.chunks += 1;
      answer.bytes += Buffer.byteLength(chunk);
      if (!hasRoom && !isGone()) {
        await new Promise<void>((resolve) => {
          outgoing.once("drain", resolve).once("close", resolve);
        });
      }
      // The client, in the same process, gets a turn of the event loop for each chunk.
      await setImmediate();
      return !isGone();
    },
    end() {
      outgoing.end();
    },
    destroy() {
      outgoing.destroy();
    },
    get isGone() {
      return isGone();
    },
  };
}
