import {
  createOnError,
  createPseudonymizer,
  encodeChecked,
  eventIdOf,
  InvalidSettingError,
  nodeHost,
  parseKey,
  type Host,
  type LedgerEvent,
  type LedgerKey,
  type Pseudonymize,
  type RecordLimits,
} from "@farthing/ledger";
import type { EventSink } from "../capture/event-sink.ts";
import { fileTarget } from "./file-target.ts";
import { LineQueue } from "./line-queue.ts";
import type { LineTarget } from "./line-target.ts";
import { streamTarget, type LineStream } from "./stream-target.ts";

/** Where events are written. */
export type EventWriterTarget =
  /** A file that lines are added to; made where there is none. */
  { readonly path: string } | { readonly stream: LineStream } | { readonly stdout: true };

export interface EventWriterOptions {
  /**
   * The key that prompts are fingerprinted with, as text: 64 hexadecimal digits. Default: `FARTHING_KEY` of the
   * environment; without either, prompts are left out.
   */
  readonly key?: string | null;
  /**
   * Labels whose values are written as tokens of the key, which a ledger with this key takes for its own. Default: none;
   * a ledger replaces those of its own personal labels when it imports the events.
   */
  readonly personalLabels?: readonly string[];
  /** How much may wait to be written. Default: 10,000 events, 16 MiB. */
  readonly queue?: Partial<RecordLimits>;
  /**
   * Hears why an event is not written, or not yet. Without it, a line on standard error says so, and at most one a
   * minute after it.
   */
  readonly onError?: (error: unknown) => void;
  /** How long `flush` and `close` wait for a stream that takes nothing. Default: 5,000 ms. */
  readonly flushMs?: number;
  /** Default: this process. */
  readonly host?: Host;
  /** Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. Default: this machine's clock. */
  readonly now?: () => number;
}

/** An event sink that writes events as the lines that `farthing import events` reads. */
export interface EventWriter extends EventSink, AsyncDisposable {
  /**
   * Resolves when everything recorded before is written, to a file durably.
   *
   * @throws LedgerUnavailableError when the operating system refuses, or a stream takes nothing for a while. What was not
   *   written still waits.
   */
  flush(): Promise<void>;
  onClosing(listener: () => unknown): () => void;
  /** As `flush`, after who wants to hear of it has recorded what is left; what is recorded later is refused. A stream stays open. */
  close(): Promise<void>;
}

const EVENTS_MAX = 10_000;
const BYTES_MAX = 16 * 1024 * 1024;
const FLUSH_MS = 5000;

/**
 * Writes events where they are produced, for a ledger that is kept elsewhere.
 *
 * Events are written in the turn of the event loop in which they come, and what is left is written when the process
 * ends. Nothing is read and nothing needs to be there; a file that cannot be written to is tried again.
 *
 * @throws InvalidKeyError for a key that is none.
 * @throws InvalidSettingError for personal labels without a key.
 */
export function openEventWriter(options: EventWriterTarget & EventWriterOptions): EventWriter {
  const {
    personalLabels,
    queue = {},
    flushMs = FLUSH_MS,
    host = nodeHost,
    env = process.env,
    now = Date.now,
  } = options;
  const key = keyOf(options.key ?? env["FARTHING_KEY"] ?? "");
  const prepare = pseudonymizerOf(personalLabels ?? [], key);
  const onError = createOnError({ onError: options.onError ?? null, warn: (line) => host.warn(line), now });
  const limits = { events: queue.events ?? EVENTS_MAX, bytes: queue.bytes ?? BYTES_MAX };
  const lines = new LineQueue({
    target: targetOf(options),
    limits,
    onError,
    newUuid: () => eventIdOf({}),
    now,
    flushMs,
  });
  let unhook: (() => void) | null = null;
  let isClosed = false;
  let closing: Promise<void> | null = null;
  const listeners = new Set<() => unknown>();
  const record = (event: LedgerEvent): void => {
    try {
      if (isClosed) throw new Error("the event writer is closed");
      unhook ??= host.onExit(() => lines.flushNow());
      lines.add(encodeChecked(prepare(event)).json);
    } catch (error) {
      onError(error);
    }
  };
  const closeOnce = async (): Promise<void> => {
    const heard = Array.from(listeners, async (listener) => listener());
    for (const told of await Promise.allSettled(heard)) if (told.status === "rejected") onError(told.reason);
    isClosed = true;
    await lines.close();
    // Not before: what could not be written may yet be when the process ends.
    unhook?.();
  };
  const close = async (): Promise<void> => (closing ??= closeOnce());
  return {
    record,
    flush: () => lines.flush(),
    fingerprintKey: () => Promise.resolve(key),
    // Without names it is not known which labels are personal in the ledger that imports what is written.
    ...(personalLabels === undefined ? {} : { settings: { read: () => Promise.resolve({ personalLabels }) } }),
    onClosing: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function targetOf(options: EventWriterTarget): LineTarget {
  if ("path" in options) return fileTarget(options.path);
  if ("stream" in options) return streamTarget(options.stream, "stream");
  return streamTarget(process.stdout, "stdout");
}

function keyOf(text: string): LedgerKey | null {
  return text === "" ? null : parseKey(text);
}

function pseudonymizerOf(names: readonly string[], key: LedgerKey | null): Pseudonymize {
  if (names.length === 0) return (event) => event;
  if (key === null) throw new InvalidSettingError("personalLabels", "they need a key, which makes their tokens");
  return createPseudonymizer(names, key);
}
