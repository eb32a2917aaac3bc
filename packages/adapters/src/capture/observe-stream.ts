import { Overrides, type Method } from "./overrides.ts";

/** Hears what passes through a body, and how it ends; the first end counts. */
export interface BodyListener {
  /** Whether it wants to hear nothing more of what passes through. */
  readonly isDeaf?: boolean;
  /** Bytes that the client has just been given. They are only lent. */
  chunk(bytes: Uint8Array): void;
  /** All of it was read. */
  end(): void;
  /** The client wants no more. */
  cancel(): void;
  /** The connection was lost, or the client aborted the call. */
  fail(error: unknown): void;
}

const LISTENER = Symbol("farthing.listener");

/** A listener as the ends of a promise, made once for all chunks. */
interface Hearing {
  readonly listener: BodyListener;
  readonly hear: (result: ReadResult) => void;
  readonly lose: (error: unknown) => void;
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
  watch(stream, hearingOf(listener), stream instanceof ReadableStream ? STREAM : ITERABLE);
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
  const reading = Reflect.apply(read, self, args) as Promise<ReadResult>;
  // The client gets the very promise it would get; ours hears of it first, having asked first.
  if (hearing !== undefined) void reading.then(hearing.hear, hearing.lose);
  return reading;
};

const CANCELLING = (cancel: Method, self: object, args: readonly unknown[]): unknown => {
  hearingAt(self)?.listener.cancel();
  return Reflect.apply(cancel, self, args);
};

const READER = new Overrides({ read: READING, cancel: CANCELLING });
/** Of streams of Node's, which are left whenever the client leaves its loop. */
const ITERATOR = new Overrides({ next: READING, return: CANCELLING });

const ITERATING = (iterate: Method, self: object, args: readonly unknown[]): unknown => {
  const [options] = args as readonly ({ readonly preventCancel?: boolean } | undefined)[];
  const hearing = hearingAt(self);
  if (hearing === undefined) return Reflect.apply(iterate, self, args);
  const reader = new ReadableStreamDefaultReader<Uint8Array>(self as Stream);
  return new WatchedIterator(reader, hearing.listener, options?.preventCancel !== true);
};

const PIPING = (pipe: Method, self: object, args: readonly unknown[]): unknown =>
  Reflect.apply(pipe, passThrough((self as Stream).getReader()), args);

const ITERABLE = new Overrides({
  [Symbol.asyncIterator]: (iterate, self, args) => watch(Reflect.apply(iterate, self, args), hearingAt(self), ITERATOR),
});
const STREAM = new Overrides({
  getReader: (getReader, self, args) => {
    const hearing = hearingAt(self);
    const reader = Reflect.apply(getReader, self, args);
    return hearing?.listener.isDeaf === true ? reader : watch(reader, hearing, READER);
  },
  cancel: (cancel, self, args) =>
    (self as ReadableStream).locked ? Reflect.apply(cancel, self, args) : CANCELLING(cancel, self, args),
  tee: PIPING,
  pipeTo: PIPING,
  pipeThrough: PIPING,
  values: ITERATING,
  [Symbol.asyncIterator]: ITERATING,
});

interface ReadResult {
  readonly done?: boolean;
  readonly value?: unknown;
}

function hearingOf(listener: BodyListener): Hearing {
  return {
    listener,
    hear(result) {
      hear(listener, result);
    },
    lose(error) {
      listener.fail(error);
    },
  };
}

function hear(listener: BodyListener, { done, value }: ReadResult): void {
  if (done === true) listener.end();
  else if (typeof value === "string") listener.chunk(Buffer.from(value));
  else if (ArrayBuffer.isView(value)) listener.chunk(value as Uint8Array);
}

function passThrough(reader: Reader): Stream {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/**
 * What a `for await` reads a stream by. It does what the stream's own does, in one step for each chunk where that takes two,
 * so that listening costs no time.
 */
class WatchedIterator implements AsyncIterableIterator<Uint8Array> {
  readonly #reader: Reader;
  readonly #listener: BodyListener;
  readonly #cancels: boolean;
  readonly #hear: (result: Awaited<ReturnType<Reader["read"]>>) => IteratorResult<Uint8Array, undefined>;
  readonly #lose: (error: unknown) => never;
  #isOver = false;

  constructor(reader: Reader, listener: BodyListener, cancels: boolean) {
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
