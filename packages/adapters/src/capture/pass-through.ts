type Stream = ReadableStream<Uint8Array>;

export interface PassThrough {
  readonly stream: Stream;
  /** Lets go of the source, for others to read on. */
  readonly release: () => void;
}

/**
 * A stream that reads another one when it is read, and is one of bytes where that is.
 *
 * @throws TypeError where the other is being read
 */
export function passThrough(source: Stream): PassThrough {
  const isOfBytes = hasBytes(source);
  const reader = source.getReader();
  const release = (): void => {
    reader.releaseLock();
  };
  const read = async (): Promise<Uint8Array | null> => {
    try {
      for (;;) {
        const { done, value } = await reader.read();
        // A stream of bytes takes none that are empty.
        if (!done && isOfBytes && value.byteLength === 0) continue;
        if (done) release();
        return done ? null : value;
      }
    } catch (error) {
      release();
      throw error;
    }
  };
  const cancel = (reason: unknown): Promise<void> => reader.cancel(reason);
  const stream = isOfBytes ? streamOfBytes(read, cancel) : streamOfChunks(read, cancel);
  return { stream, release };
}

type Read = () => Promise<Uint8Array | null>;
type Cancel = (reason: unknown) => Promise<void>;

function streamOfChunks(read: Read, cancel: Cancel): Stream {
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    const chunk = await read();
    if (chunk === null) controller.close();
    else controller.enqueue(chunk);
  };
  return new ReadableStream<Uint8Array>({ pull, cancel }, { highWaterMark: 0 });
}

function streamOfBytes(read: Read, cancel: Cancel): Stream {
  const pull = async (controller: ReadableByteStreamController): Promise<void> => {
    const chunk = await read();
    if (chunk === null) {
      controller.close();
      // Whoever brought a buffer waits until it is given back.
      controller.byobRequest?.respond(0);
    } else controller.enqueue(chunk);
  };
  return new ReadableStream({ type: "bytes", pull, cancel }, { highWaterMark: 0 });
}

function hasBytes(stream: Stream): boolean {
  try {
    new ReadableStreamBYOBReader(stream).releaseLock();
    return true;
  } catch {
    return false;
  }
}
