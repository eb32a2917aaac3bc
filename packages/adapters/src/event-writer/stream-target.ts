import { writeSync } from "node:fs";
import { LedgerUnavailableError } from "@farthing/ledger";
import { textOf, type LineTarget, type WriteResult } from "./line-target.ts";

/** A stream that lines can be written to; standard output and standard error have a number, too. */
export type LineStream = NodeJS.WritableStream & { readonly fd?: number };

/** How long a process that is ending waits for somebody to read what is left. */
const LAST_WAIT_MS = 1000;
const PAUSE_MS = 5;

/**
 * A stream, such as standard output.
 *
 * What is written and not yet taken stands in nobody's way: a reader that has stopped reading stops nothing else.
 */
export function streamTarget(stream: LineStream, name: string): LineTarget {
  let isWriting = false;
  let listening = 0;
  /** An error nobody listens to would end the process; one listener is enough for any number of writes. */
  const listen = (): void => {
    if (listening === 0) stream.on("error", ignore);
    listening += 1;
  };
  const stopListening = (): void => {
    listening -= 1;
    if (listening === 0) stream.off("error", ignore);
  };
  const failed = (error: unknown): WriteResult => {
    const why = error instanceof Error ? error.message : String(error);
    return { written: 0, error: new LedgerUnavailableError(name, why, { cause: error }) };
  };
  return {
    write(lines, done) {
      listen();
      isWriting = true;
      const finish = (error: unknown): void => {
        if (!isWriting) return;
        isWriting = false;
        // The stream emits what it has called back with, a little later.
        setImmediate(stopListening);
        done(error === null || error === undefined ? { written: lines.length, error: null } : failed(error));
      };
      try {
        // One that has failed keeps what it is given, and calls back never.
        if (!stream.writable) throw new Error("the stream has failed or ended");
        stream.write(textOf(lines), finish);
      } catch (error) {
        finish(error);
      }
    },
    writeNow(lines) {
      // Of what is being written a part may be there, up to the middle of a line.
      const text = `${isWriting ? "\n" : ""}${textOf(lines)}`;
      try {
        if (stream.fd === undefined) stream.write(text);
        else writeAll(stream.fd, Buffer.from(text));
        return { written: lines.length, error: null };
      } catch (error) {
        return failed(error);
      }
    },
    sync: () => Promise.resolve(),
  };
}

function ignore(): void {
  // The callback of the write has told it.
}

/** Writes past the stream, which would do it only after the process has ended. */
function writeAll(fd: number, bytes: Uint8Array): void {
  const deadline = Date.now() + LAST_WAIT_MS;
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const isFull = error instanceof Error && "code" in error && error.code === "EAGAIN";
      if (!isFull || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
}
