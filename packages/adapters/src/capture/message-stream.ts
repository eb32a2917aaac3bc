import { isJsonObject, ownObject, ownText, ownValue, parseJson, type JsonObject } from "../ndjson/json-object.ts";
import { readMessage, withDelta, type AnsweredMessage } from "./answered-message.ts";
import { countTextUnits, startsWith, textStart } from "./delta-text.ts";
import { ownWord } from "./own-word.ts";
import { LineSplitter } from "./line-splitter.ts";
import { RepeatedDeltas } from "./repeated-deltas.ts";

/** What a stream of server-sent events came to, as soon as it is known. */
export interface MessageStreamListener {
  /** The first content of a message came. */
  started(): void;
  /** All that will be billed for a message is known. */
  completed(message: AnsweredMessage): void;
  /** A message ended before that; so many characters of it were seen. */
  interrupted(message: AnsweredMessage, characters: number): void;
  /** The API said that it failed, and what it calls that, as it came. */
  failed(named: string | null): void;
}

/** No event but a delta is longer that is looked into. */
const LINE_BYTES_MAX = 1024 * 1024;
/** An event begins with its type. */
const HEAD_BYTES = 160;

const DATA = Buffer.from("data:");
const DELTA = Buffer.from(`{"type":"content_block_delta"`);
const DELTA_EVENT = Buffer.concat([Buffer.from("event: content_block_delta\ndata: "), DELTA]);
const LF = 0x0a;
const TYPE = /^\s*\{\s*"type"\s*:\s*"([a-z_]+)"/;

/**
 * Reads what is billed from the bytes of a stream, as they pass by.
 *
 * Deltas, of which there are most, are counted and not parsed. Goes by the events' own `type`, as all clients do for
 * what they hand out. A second `message_start` begins another message.
 */
export class MessageStream {
  readonly #listener: MessageStreamListener;
  readonly #lines: LineSplitter;
  readonly #repeated = new RepeatedDeltas();
  /** Data of an event that goes on over several lines. */
  #unparsed: string | null = null;
  #message: AnsweredMessage | null = null;
  #blocks = 0;
  #characters = 0;
  #isFinal = false;
  /** Whether its output was counted: what a message starts with is no count. */
  #hasOutput = false;

  constructor(listener: MessageStreamListener) {
    this.#listener = listener;
    this.#lines = new LineSplitter((bytes, start, end) => {
      this.#line(bytes, start, end);
    }, LINE_BYTES_MAX);
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    if (this.#lines.isAtStart && this.#unparsed === null) {
      for (let next = this.#deltaAt(chunk, 0); next !== -1; next = this.#deltaAt(chunk, start)) start = next;
    }
    if (start < chunk.length) this.#lines.push(start === 0 ? chunk : chunk.subarray(start));
  }

  /** There is no more to come, whoever ended it. */
  end(): void {
    this.#lines.end();
    this.#close();
  }

  /**
   * Counts a whole delta that begins there, exactly as the API writes it, without taking it apart into lines. Where it
   * ends; -1 where there is none.
   */
  #deltaAt(bytes: Uint8Array, start: number): number {
    const repeated = this.#repeated.endOf(bytes, start);
    if (repeated !== -1) {
      if (this.#blocks === 0) this.#contentStarted();
      this.#characters += this.#repeated.units;
      return repeated;
    }
    const data = start + DELTA_EVENT.length;
    if (bytes.length <= data) return -1;
    // Every fifth byte tells the API's events apart: "delta" shares no letter, place for place, with "start", and all
    // others are shorter.
    for (let index = DELTA_EVENT.length - 1; index >= 0; index -= 5) {
      if (bytes[start + index] !== DELTA_EVENT[index]) return -1;
    }
    const end = bytes.indexOf(LF, data);
    if (end === -1 || bytes[end + 1] !== LF) return -1;
    this.#delta(bytes, data - DELTA.length, end);
    const text = textStart(bytes, data, end);
    if (text !== -1) this.#repeated.beginWith(bytes.slice(start, text));
    return end + 2;
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) {
      this.#unparsed = null;
      return;
    }
    if (!startsWith(bytes, start, end, DATA)) return;
    const afterColon = start + DATA.length;
    const from = bytes[afterColon] === 0x20 ? afterColon + 1 : afterColon;
    if (startsWith(bytes, from, end, DELTA)) this.#delta(bytes, from, end);
    else this.#event(bytes, from, end);
  }

  #delta(bytes: Uint8Array, start: number, end: number): void {
    if (this.#blocks === 0) this.#contentStarted();
    this.#characters += countTextUnits(bytes, start + DELTA.length, end);
  }

  #event(bytes: Uint8Array, start: number, end: number): void {
    if (this.#unparsed === null) {
      switch (typeOfEvent(bytes, start, end)) {
        case "ping":
        case "content_block_stop":
          return;
        case "message_stop":
          this.#isFinal = true;
          this.#close();
          return;
        case "content_block_start":
          this.#contentStarted();
          // Its content may be long, and only that of a block that names another model is of use.
          if (!textOf(bytes, start, Math.min(end, start + HEAD_BYTES)).includes(`"fallback"`)) return;
          break;
        default:
      }
    }
    const text = textOf(bytes, start, end);
    this.#unparsed = this.#unparsed === null ? text : `${this.#unparsed}\n${text}`;
    if (this.#unparsed.length > LINE_BYTES_MAX) this.#unparsed = null;
    const event = parseJson(this.#unparsed ?? "");
    if (!isJsonObject(event)) return;
    this.#unparsed = null;
    this.#parsed(event);
  }

  #parsed(event: JsonObject): void {
    switch (ownText(event, "type")) {
      case "message_start":
        this.#close();
        this.#message = readMessage(ownObject(event, "message"));
        return;
      case "message_delta":
        if (this.#message === null) return;
        this.#message = withDelta(this.#message, event);
        this.#isFinal ||= this.#message.stopReason !== null;
        this.#hasOutput ||= typeof ownValue(ownObject(event, "usage") ?? {}, "output_tokens") === "number";
        return;
      case "content_block_start":
        this.#servedBy(event);
        return;
      case "content_block_delta":
        this.#deltaWritten(event);
        return;
      case "message_stop":
        this.#isFinal = true;
        this.#close();
        return;
      case "error":
        this.#failed(event);
        return;
      default:
    }
  }

  /** The last block that hands over to another model names the one that answers, and is billed. */
  #servedBy(event: JsonObject): void {
    const block = ownObject(event, "content_block");
    if (block === null || ownText(block, "type") !== "fallback" || this.#message === null) return;
    const to = ownObject(block, "to");
    this.#message = { ...this.#message, model: (to === null ? null : ownWord(to, "model")) ?? this.#message.model };
  }

  /** A delta that is not written as the API writes it. */
  #deltaWritten(event: JsonObject): void {
    if (this.#blocks === 0) this.#contentStarted();
    const delta = ownObject(event, "delta") ?? {};
    for (const name of ["text", "thinking", "partial_json"]) this.#characters += (ownText(delta, name) ?? "").length;
  }

  #contentStarted(): void {
    if (this.#blocks === 0) this.#listener.started();
    this.#blocks += 1;
  }

  #failed(event: JsonObject): void {
    this.#close();
    const error = ownObject(event, "error");
    this.#listener.failed(error === null ? null : ownText(error, "type"));
  }

  #close(): void {
    if (this.#message !== null) {
      const message = { ...this.#message, outputBlocks: (this.#message.outputBlocks ?? 0) + this.#blocks };
      if (this.#isFinal && this.#hasOutput) this.#listener.completed(message);
      else this.#listener.interrupted(message, this.#characters);
    }
    this.#message = null;
    this.#blocks = 0;
    this.#characters = 0;
    this.#isFinal = false;
    this.#hasOutput = false;
  }
}

/** The types of which something is decided before an event is parsed; all others are parsed. */
const EARLY_TYPES = ["content_block_stop", "message_stop", "content_block_start", "ping"].map(
  (type) => [type, Buffer.from(`{"type":"${type}"`)] as const,
);
/** What is parsed, exactly as the API writes it. */
const PARSED = Buffer.from(`{"type":"message_`);

/** The type of an event; empty where it has none that this reader knows how to find. */
function typeOfEvent(bytes: Uint8Array, start: number, end: number): string {
  for (const [type, beginning] of EARLY_TYPES) if (startsWith(bytes, start, end, beginning)) return type;
  if (startsWith(bytes, start, end, PARSED)) return "";
  return TYPE.exec(textOf(bytes, start, Math.min(end, start + HEAD_BYTES)))?.[1] ?? "";
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
}
