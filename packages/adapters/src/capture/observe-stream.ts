import { Overrides, type Method } from "./overrides.ts";

/** Hears what passes through a body, and how it ends; the first end counts. */
export interface BodyListener {
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

type Watched = object & { [LISTENER]?: BodyListener };

/**
 * Listens to a body while the client reads it: a stream of the web's or, in older clients, one of Node's.
 *
 * The stream stays the one it is: what reads it is given the same chunks at the same moment, nothing is read ahead, and
 * cancelling goes straight to the source. Only where it is piped or split, which happens out of sight, is a stream put
 * between that reads when it is read.
 */
export function observeStream(stream: object, listener: BodyListener): void {
  const overrides = stream instanceof ReadableStream ? STREAM : ITERABLE;
  watch(stream, listener, overrides);
}

function watch(object: unknown, listener: BodyListener | undefined, overrides: Overrides): unknown {
  if (typeof object !== "object" || object === null || listener === undefined) return object;
  try {
    Object.defineProperty(object, LISTENER, { value: listener });
    overrides.give(object);
  } catch {
    // It allows no changes. The client reads it all the same, and the call ends as one of which nothing is known.
  }
  return object;
}

function listenerOf(object: object): BodyListener | undefined {
  return (object as Watched)[LISTENER];
}

const READING = (read: Method, self: object, args: readonly unknown[]): unknown => {
  const listener = listenerOf(self);
  const reading = Reflect.apply(read, self, args) as Promise<ReadResult>;
  return listener === undefined ? reading : reading.then(hear.bind(null, listener), lose.bind(null, listener));
};

const CANCELLING = (cancel: Method, self: object, args: readonly unknown[]): unknown => {
  listenerOf(self)?.cancel();
  return Reflect.apply(cancel, self, args);
};

const READER = new Overrides({ read: READING, cancel: CANCELLING });
const ITERATOR = new Overrides({ next: READING, return: CANCELLING });
/** What goes on when the client leaves its loop. */
const LASTING_ITERATOR = new Overrides({ next: READING });

const ITERATING = (iterate: Method, self: object, args: readonly unknown[]): unknown => {
  const [options] = args as readonly ({ readonly preventCancel?: boolean } | undefined)[];
  const iterator = Reflect.apply(iterate, self, args);
  return watch(iterator, listenerOf(self), options?.preventCancel === true ? LASTING_ITERATOR : ITERATOR);
};

const PIPING = (pipe: Method, self: object, args: readonly unknown[]): unknown =>
  Reflect.apply(pipe, passThrough((self as ReadableStream<Uint8Array>).getReader()), args);

const ITERABLE = new Overrides({ [Symbol.asyncIterator]: ITERATING });
const STREAM = new Overrides({
  getReader: (getReader, self, args) => watch(Reflect.apply(getReader, self, args), listenerOf(self), READER),
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

function hear(listener: BodyListener, result: ReadResult): ReadResult {
  const { done, value } = result;
  if (done === true) listener.end();
  else if (value instanceof Uint8Array) listener.chunk(value);
  else if (typeof value === "string") listener.chunk(Buffer.from(value));
  return result;
}

function lose(listener: BodyListener, error: unknown): never {
  listener.fail(error);
  throw error;
}

function passThrough(reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStream<Uint8Array> {
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
