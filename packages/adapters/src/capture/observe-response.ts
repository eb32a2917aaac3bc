import type { BodyListener } from "./body-listeners.ts";
import { observeStream } from "./observe-stream.ts";
import { Overrides, type Method, type Override } from "./overrides.ts";

/** Hears how the body of a response is read, whichever way the client chooses. */
export interface ResponseListener extends BodyListener {
  /** The client parsed it as JSON, and has this object. */
  json(value: unknown): void;
  /** For whom it listens: a response is listened to once for each. */
  readonly recipient: object;
}

/**
 * Listens to the body of a response while the client reads it.
 *
 * The response stays the one it is: its status, headers, address and type are untouched, and nothing is read that the
 * client does not read. False where somebody listens to it for the same recipient.
 */
export function observeResponse(response: Response, listener: ResponseListener): boolean {
  const known = readingOf(response);
  if (known !== undefined) {
    if (known.listeners.some(({ recipient }) => recipient === listener.recipient)) return false;
    known.listeners.push(listener);
    return true;
  }
  (response as Observed)[READING] = new Reading(listener);
  RESPONSE.give(response);
  return true;
}

const READING = Symbol("farthing.reading");

/**
 * What has to be there for a response to be read on; null where it is being read at once, and the platform keeps it until
 * it has it all. Whoever reads needs no more than the body.
 */
export function watchTargetOf(response: Response): object | null {
  const reading = readingOf(response);
  return reading?.isDeaf === true ? null : (reading?.stream ?? response);
}

type Observed = object & { [READING]?: Reading };

function readingOf(response: object): Reading | undefined {
  return (response as Observed)[READING];
}

/** How one response is being read. */
class Reading implements BodyListener {
  readonly listeners: ResponseListener[];
  /** Once the client reads all at once, what passes through the stream inside is no news. */
  isDeaf = false;
  /** Its body, once somebody has asked for it. */
  stream: object | null = null;

  constructor(listener: ResponseListener) {
    this.listeners = [listener];
  }

  chunk(bytes: Uint8Array): void {
    if (this.isDeaf) return;
    // One chunk after the other: an iterator would take longer than a listener.
    for (let index = 0; index < this.listeners.length; index += 1) this.listeners[index]?.chunk(bytes);
  }

  end(): void {
    if (!this.isDeaf) for (const each of this.listeners) each.end();
  }

  cancel(): void {
    for (const each of this.listeners) each.cancel();
  }

  fail(error: unknown): void {
    if (!this.isDeaf) for (const each of this.listeners) each.fail(error);
  }

  readThrough(target: object | null): void {
    if (!this.isDeaf) for (const each of this.listeners) each.readThrough(target);
  }
}

/** Reads all of a body at once; `take` is told what that gave. */
function whole(take: (reading: Reading, value: unknown) => void): Override {
  return (read, self, args) => {
    const reading = readingOf(self);
    if (reading?.isDeaf === false) {
      reading.readThrough(null);
      reading.isDeaf = true;
    }
    const result = Reflect.apply(read, self, args) as Promise<unknown>;
    if (reading === undefined) return result;
    return result.then(
      (value) => {
        take(reading, value);
        return value;
      },
      (error: unknown) => {
        for (const each of reading.listeners) each.fail(error);
        throw error;
      },
    );
  };
}

const AS_JSON = whole(({ listeners }, value) => {
  for (const each of listeners) each.json(value);
});

const AS_BYTES = whole(({ listeners }, value) => {
  const bytes = bytesOf(value);
  for (const each of listeners) {
    each.chunk(bytes);
    each.end();
  }
});

/** What reads, or splits, the stream inside. */
const FROM_STREAM: Override = (read, self, args) => {
  // Whoever asks for the body has it watched.
  void (self as Response).body;
  return Reflect.apply(read, self, args);
};

const RESPONSE = new Overrides(
  {
    json: AS_JSON,
    text: AS_BYTES,
    arrayBuffer: AS_BYTES,
    bytes: AS_BYTES,
    blob: FROM_STREAM,
    formData: FROM_STREAM,
    clone: FROM_STREAM,
  },
  ["body", watchedBody],
);

/** The body as the response has it, listened to from the first time on. */
function watchedBody(getBody: Method, self: object): unknown {
  const stream = Reflect.apply(getBody, self, []);
  const reading = readingOf(self);
  // A clone splits the stream, and what is left is another; what is watched is then before the fork.
  if (reading === undefined || reading.stream !== null || typeof stream !== "object" || stream === null) return stream;
  reading.stream = stream;
  reading.readThrough(stream);
  observeStream(stream, reading);
  return stream;
}

function bytesOf(value: unknown): Uint8Array {
  if (typeof value === "string") return Buffer.from(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}
