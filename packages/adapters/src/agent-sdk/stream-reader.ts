import {
  type CallContext,
  formatInstant,
  type Instant,
  type LedgerEvent,
  NO_CONTEXT,
  type Provenance,
} from "@farthing/ledger";
import { instantOrNull } from "../import/instant-or-null.ts";
import type { Skip } from "../import/skip.ts";
import { type JsonObject, ownObject, ownText, ownValue } from "../ndjson/json-object.ts";
import { costReported } from "./reported-cost.ts";
import { type Ending, responseEvent, type Seen } from "./response-events.ts";
import {
  type AnswerMessage,
  type PartialMessage,
  readSdkMessage,
  type ResultMessage,
  type SdkMessage,
} from "./sdk-message.ts";

export interface StreamReaderOptions {
  /** When a message without a time of its own is taken to have come. */
  readonly now: () => Instant;
  /** How well that is known. */
  readonly nowProvenance: Provenance;
  readonly context?: Partial<CallContext>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What a message brought. */
export interface Brought {
  readonly events: readonly LedgerEvent[];
  readonly skip: Skip | null;
}

/** A response of the turn that is under way. */
interface TurnResponse {
  readonly eventId: string;
  readonly message: JsonObject;
  readonly seen: Seen;
  readonly isMainThread: boolean;
  isFinal: boolean;
}

const NOTHING: Brought = { events: [], skip: null };

const PROMPT_COUNTS = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"] as const;

/** Turns the messages of one stream of the SDK, in order, into events. */
export class AgentStreamReader {
  readonly #options: StreamReaderOptions;
  #version: string | null = null;
  /** The answers that are being streamed, by the thread they belong to. */
  readonly #streaming = new Map<string | null, JsonObject>();
  #turn = new Map<string, TurnResponse>();

  constructor(options: StreamReaderOptions) {
    this.#options = options;
  }

  take(value: JsonObject): Brought {
    const message = readSdkMessage(value);
    switch (message.kind) {
      case "init":
        this.#version = message.version;
        return NOTHING;
      case "answer":
        return this.#answer(message);
      case "partial":
        return this.#partial(message);
      case "result":
        return this.#result(message);
      case "other":
        return NOTHING;
    }
  }

  #answer(from: AnswerMessage & SdkMessage): Brought {
    const stopReason = ownText(from.message, "stop_reason");
    return this.#see(from.message, from, { stopReason, isFinal: stopReason !== null }, from.requestId);
  }

  /** The end of an answer's own stream has what its messages do not: the final counts. */
  #partial(from: PartialMessage & SdkMessage): Brought {
    const { event, parent } = from;
    const type = ownText(event, "type");
    const started = type === "message_start" ? ownObject(event, "message") : null;
    if (started !== null) this.#streaming.set(parent, started);
    if (type !== "message_delta") return NOTHING;
    const message = this.#streaming.get(parent);
    const stopReason = ownText(ownObject(event, "delta") ?? {}, "stop_reason");
    if (message === undefined || stopReason === null) return NOTHING;
    this.#streaming.delete(parent);
    const usage = { ...ownObject(message, "usage"), ...told(ownObject(event, "usage")) };
    return this.#see({ ...message, content: null, usage }, from, { stopReason, isFinal: true }, null);
  }

  #see(message: JsonObject, from: SdkMessage, ending: Ending, requestId: string | null): Brought {
    const seen = this.#seen(from, requestId);
    const event = responseEvent(message, seen, ending);
    if ("reason" in event) return { events: [], skip: event };
    const known = this.#turn.get(event.id);
    if (known !== undefined && (known.isFinal || !ending.isFinal)) return NOTHING;
    this.#turn.set(event.id, {
      eventId: event.id,
      message,
      seen,
      isMainThread: from.parent === null,
      isFinal: ending.isFinal,
    });
    return { events: [event], skip: null };
  }

  #result(from: ResultMessage & SdkMessage): Brought {
    const turn = [...this.#turn.values()];
    this.#turn = new Map();
    const { at } = this.#seen(from, null);
    const responses = turn.map(({ eventId }) => eventId);
    const cost = costReported(from, { responses, session: from.session }, at);
    const completed = completedBy(from, turn);
    const events = [completed, cost].filter((event) => event !== null);
    return { events, skip: null };
  }

  #seen({ session, parent, timestamp }: SdkMessage, requestId: string | null): Seen {
    const { now, nowProvenance, context = {}, labels = {} } = this.#options;
    const told = instantOrNull(timestamp);
    return {
      at: formatInstant(told ?? now()),
      atProvenance: told === null ? nowProvenance : "reported",
      requestId,
      context: { ...NO_CONTEXT, ...context, session, agent: parent, clientVersion: this.#version },
      labels,
    };
  }
}

/**
 * The one response of a turn's main thread, with the counts that the turn's result tells; null where it had several or the
 * prompts differ, because what each of them came to is then not told.
 */
function completedBy({ usage, stopReason }: ResultMessage, turn: readonly TurnResponse[]): LedgerEvent | null {
  const [response, ...others] = turn.filter(({ isMainThread }) => isMainThread);
  if (usage === null || response === undefined || others.length > 0 || response.isFinal) return null;
  const shown = ownObject(response.message, "usage") ?? {};
  const counts = [...PROMPT_COUNTS].map((name) => [ownValue(shown, name) ?? 0, ownValue(usage, name) ?? 0] as const);
  if (counts.some(([own, total]) => own !== total)) return null;
  const output = ownValue(usage, "output_tokens");
  if (typeof output !== "number" || output < Number(ownValue(shown, "output_tokens") ?? 0)) return null;
  const tools = ownObject(usage, "server_tool_use");
  const whole = { ...shown, output_tokens: output, ...(tools === null ? {} : { server_tool_use: tools }) };
  const event = responseEvent({ ...response.message, usage: whole }, response.seen, { stopReason, isFinal: true });
  return "reason" in event ? null : event;
}

/** What a delta tells: counts that it leaves open say nothing against those of the start. */
function told(usage: JsonObject | null): JsonObject {
  return Object.fromEntries(Object.entries(usage ?? {}).filter(([, value]) => value !== null));
}
