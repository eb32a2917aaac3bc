import { Listeners, type BodyListener } from "./body-listeners.ts";
import { passThrough } from "./pass-through.ts";
import { Overrides, type Method } from "./overrides.ts";

const LISTENER = Symbol("farthing.listener");

/** Listeners of a stream, or of a reader of it, as the ends of a promise, made once for all chunks. */
interface Hearing {
  readonly stream: Listeners;
  readonly hear: (result: ReadResult) => void;
  readonly lose: (error: unknown) => void;
  /** Whether the reader has let go of the stream, so that what becomes of its reads is no news. */
  isReleased: boolean;
}

type Stream = ReadableStream<Uint8Array>;
type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Watched = object & { [LISTENER]?: Hearing };

/**
 * Listens to a body while the client reads it: a stream of the web's or, in older clients, one of Node's.
 *
 * The stream stays the one it is: what reads it is given the same chunks at the same moment, nothing is read ahead, and
 * cancelling goes straight to the source. Only where it is piped or split, which happens out of sight, is a stream put
 * between that reads when it is read.
 */
export function observeStream(stream: object, listener: BodyListener): void {
  const known = hearingAt(stream);
  if (known === undefined) {
    watch(stream, hearingOf(new Listeners(listener)), stream instanceof ReadableStream ? STREAM : ITERABLE);
  } else known.stream.all.push(listener);
}

function watch(object: unknown, hearing: Hearing | undefined, overrides: Overrides): unknown {
  if (typeof object !== "object" || object === null || hearing === undefined) return object;
  try {
    (object as Watched)[LISTENER] = hearing;
    overrides.give(object);
  } catch {
    // It allows no changes. The client reads it all the same, and the call ends as one of which nothing is known.
  }
  return object;
}

function hearingAt(object: object): Hearing | undefined {
  return (object as Watched)[LISTENER];
}

const READING = (read: Method, self: object, args: readonly unknown[]): unknown => {
  const hearing = hearingAt(self);
  const reading = Reflect.apply(read, self, args) as Promise<ReadResult> | ReadResult;
  // The client gets the very promise it would get; ours hears of it first, having asked first.
  if (hearing !== undefined) {
    if (reading instanceof Promise) void reading.then(hearing.hear, hearing.lose);
    else void Promise.resolve(reading).then(hearing.hear, hearing.lose);
  }
  return reading;
};

const CANCELLING = (cancel: Method, self: object, args: readonly unknown[]): unknown => {
  const hearing = hearingAt(self);
  if (hearing?.isReleased === false) hearing.stream.cancel();
  return Reflect.apply(cancel, self, args);
};

const READER = new Overrides({
  read: READING,
  cancel: CANCELLING,
  releaseLock: (release, self, args) => {
    const result = Reflect.apply(release, self, args);
    const hearing = hearingAt(self);
    if (hearing !== undefined) hearing.isReleased = true;
    return result;
  },
});
/** Of streams of Node's, which are left whenever the client leaves its loop. */
const ITERATOR = new Overrides({ next: READING, return: CANCELLING });

const ITERATING = (iterate: Method, self: object, args: readonly unknown[]): unknown => {
  const [options] = args as readonly ({ readonly preventCancel?: boolean } | undefined)[];
  const hearing = hearingAt(self);
  if (hearing === undefined) return Reflect.apply(iterate, self, args);
  const reader = new ReadableStreamDefaultReader<Uint8Array>(self as Stream);
  return readBy(new WatchedIterator(reader, hearing.stream, options?.preventCancel !== true), hearing);
};

const PIPING = (pipe: Method, self: object, args: readonly unknown[]): unknown =>
  Reflect.apply(pipe, readBy(passThrough(self as Stream).stream, hearingAt(self)), args);

const PIPING_TO = async (pipe: Method, self: object, args: readonly unknown[]): Promise<unknown> => {
  const { stream, release } = passThrough(self as Stream);
  try {
    return await (Reflect.apply(pipe, readBy(stream, hearingAt(self)), args) as Promise<unknown>);
  } finally {
    release();
  }
};

const ITERABLE = new Overrides({
  [Symbol.asyncIterator]: (iterate, self, args) => {
    const hearing = hearingAt(self);
    const iterator = Reflect.apply(iterate, self, args);
    return watch(readBy(iterator, hearing), hearing && hearingOf(hearing.stream), ITERATOR);
  },
});
const STREAM = new Overrides({
  getReader: (getReader, self, args) => {
    const hearing = hearingAt(self);
    const reader = Reflect.apply(getReader, self, args);
    if (hearing === undefined || hearing.stream.isDeaf) return reader;
    // The stream is kept by who has its reader, and may be read by another one after that.
    hearing.stream.readThrough(self);
    return watch(reader, hearingOf(hearing.stream), READER);
  },
  cancel: (cancel, self, args) =>
    (self as ReadableStream).locked ? Reflect.apply(cancel, self, args) : CANCELLING(cancel, self, args),
  tee: PIPING,
  pipeTo: PIPING_TO,
  pipeThrough: PIPING,
  values: ITERATING,
  [Symbol.asyncIterator]: ITERATING,
});

interface ReadResult {
  readonly done?: boolean;
  readonly value?: unknown;
}

function hearingOf(stream: Listeners): Hearing {
  const hearing: Hearing = {
    stream,
    isReleased: false,
    hear(result) {
      hear(stream, result);
    },
    lose(error) {
      if (!hearing.isReleased) stream.fail(error);
    },
  };
  return hearing;
}

function hear(listener: Listeners, result: ReadResult): void {
  const { done, value } = result;
  if (done === true) listener.end();
  else if (typeof value === "string") listener.chunk(Buffer.from(value));
  else if (ArrayBuffer.isView(value)) listener.chunk(value as Uint8Array);
}

/** Says that a stream is being read through something that its source does not keep. */
function readBy<T>(target: T, hearing: Hearing | undefined): T {
  if (typeof target === "object" && target !== null) hearing?.stream.readThrough(target);
  return target;
}

/**
 * What a `for await` reads a stream by. It does what the stream's own does, in one step for each chunk where that takes two,
 * so that listening costs no time.
 */
class WatchedIterator implements AsyncIterableIterator<Uint8Array> {
  readonly #reader: Reader;
  readonly #listener: Listeners;
  readonly #cancels: boolean;
  readonly #hear: (result: Awaited<ReturnType<Reader["read"]>>) => IteratorResult<Uint8Array, undefined>;
  readonly #lose: (error: unknown) => never;
  #isOver = false;

  constructor(reader: Reader, listener: Listeners, cancels: boolean) {
    this.#reader = reader;
    this.#listener = listener;
    this.#cancels = cancels;
    this.#hear = (result) => {
      hear(listener, result);
      if (result.done) this.#release();
      return result as IteratorResult<Uint8Array, undefined>;
    };
    this.#lose = (error) => {
      listener.fail(error);
      this.#release();
      throw error;
    };
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined });
    return this.#reader.read().then(this.#hear, this.#lose);
  }

  async return(value?: unknown): Promise<IteratorReturnResult<undefined>> {
    if (!this.#isOver) {
      this.#isOver = true;
      if (this.#cancels) this.#listener.cancel();
      const canceled = this.#cancels ? this.#reader.cancel(value) : undefined;
      this.#reader.releaseLock();
      await canceled;
    }
    return { done: true, value: value as undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reader.releaseLock();
  }
}
