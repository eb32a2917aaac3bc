import { setTimeout as wait } from "node:timers/promises";
import { apiMessage, apiMessageEvents, apiUsage } from "../support/api-messages.ts";
import {
  errorReply,
  eventsReply,
  jsonReply,
  openLoopbackApi,
  type LoopbackApi,
  type Reply,
} from "../support/loopback-api.ts";

/** What becomes of a call; `caller.js` makes the call of each number that fits. */
export const KINDS = [
  "answered",
  "streamed",
  "left early",
  "aborted",
  "refused",
  "overloaded twice",
  "broken off once",
  "cut off",
  "timed out",
] as const;

export type Kind = (typeof KINDS)[number];

/** One request that reached the server, and what it was answered with. */
export interface ServedRequest {
  readonly call: number;
  readonly kind: Kind;
  readonly answer: "message" | "stream" | "error" | "nothing";
  /** Null where no message was begun. */
  readonly message: string | null;
  readonly requestId: string;
  readonly promptTokens: number;
  /** At its end. */
  readonly outputTokens: number;
}

export interface MixedApi extends AsyncDisposable {
  /** Of each of its servers. */
  readonly urls: readonly string[];
  /** How many requests waited for their answer, their callers still there, when the first one got it. */
  readonly waitedAtOnce: number;
  /** The server's own list. */
  readonly served: readonly ServedRequest[];
}

const DELTAS = Array.from({ length: 20 }, () => "tick ");

export interface MixedApiOptions {
  readonly servers?: number;
  /** Until so many requests wait that are to be answered, none is. */
  readonly waitFor?: number;
}

/** Servers that answer the call of each number in the way that is its turn. */
export async function openMixedApi({ servers = 1, waitFor = 0 }: MixedApiOptions = {}): Promise<MixedApi> {
  const served: ServedRequest[] = [];
  const attempts = new Map<number, number>();
  const waiting: Parameters<Reply>[1][] = [];
  let waitedAtOnce = 0;
  let letGo = (): void => undefined;
  const areMany = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const answer: Reply = async (request, to) => {
    const call = callOf(request);
    const attempt = attempts.get(call) ?? 0;
    attempts.set(call, attempt + 1);
    const { entry, reply } = answerTo(call, attempt, `req_${String(served.length)}`);
    served.push(entry);
    if (entry.kind !== "timed out" && waiting.length < waitFor) {
      waiting.push(to);
      if (waiting.length < waitFor) await areMany;
      else {
        waitedAtOnce = waiting.filter(({ isGone }) => !isGone).length;
        letGo();
      }
    }
    await reply(request, to);
  };
  const apis: readonly LoopbackApi[] = await Promise.all(
    Array.from({ length: servers }, () => openLoopbackApi(answer)),
  );
  return {
    urls: apis.map(({ url }) => url),
    served,
    get waitedAtOnce() {
      return waitedAtOnce;
    },
    async [Symbol.asyncDispose]() {
      letGo();
      await Promise.all(apis.map((api) => api[Symbol.asyncDispose]()));
    },
  };
}

function answerTo(
  call: number,
  attempt: number,
  requestId: string,
): { readonly entry: ServedRequest; readonly reply: Reply } {
  const kind = KINDS[call % KINDS.length] ?? "answered";
  const headers = { "request-id": requestId, "retry-after-ms": "5" };
  const id = `msg_${String(call)}`;
  const [promptTokens, outputTokens] = [1_000 + call, 20 + (call % 7)];
  const entry = { call, kind, requestId, promptTokens, outputTokens };
  const usage = apiUsage({ input_tokens: promptTokens, output_tokens: outputTokens });
  const message = (): ReturnType<typeof answerTo> => ({
    entry: { ...entry, answer: "message", message: id },
    reply: jsonReply(apiMessage({ id, usage }), { headers }),
  });
  const stream = (isWhole: boolean): ReturnType<typeof answerTo> => {
    const events = apiMessageEvents({
      message: { id, usage: apiUsage({ input_tokens: promptTokens, output_tokens: 1 }) },
      texts: DELTAS,
      usage: isWhole ? { input_tokens: promptTokens, output_tokens: outputTokens } : null,
    });
    return { entry: { ...entry, answer: "stream", message: id }, reply: eventsReply(events, { headers }) };
  };
  const error = (status: number, type: string): ReturnType<typeof answerTo> => ({
    entry: { ...entry, answer: "error", message: null },
    reply: errorReply(status, type, { headers }),
  });
  const nothing = (reply: Reply): ReturnType<typeof answerTo> => ({
    entry: { ...entry, answer: "nothing", message: null },
    reply,
  });
  switch (kind) {
    case "answered":
      return message();
    case "streamed":
    case "left early":
    case "aborted":
      return stream(true);
    case "refused":
      return error(400, "invalid_request_error");
    case "overloaded twice":
      return attempt < 2 ? error(529, "overloaded_error") : message();
    case "broken off once":
      return attempt < 1
        ? nothing((_, to) => {
            to.destroy();
          })
        : message();
    case "cut off": {
      const { entry, reply } = stream(false);
      return { entry, reply };
    }
    case "timed out":
      return nothing(async (_, to) => {
        while (!to.isGone) await wait(20);
      });
  }
}

function callOf({ headers }: Parameters<Reply>[0]): number {
  const call = Number(headers["x-call"]);
  if (!Number.isSafeInteger(call)) throw new Error("a request without the number of its call");
  return call;
}
