import type { FileSystem } from "./store/file/file-system.ts";
import type { Host, Processes } from "./store/file/processes.ts";
import type { RecordLimits } from "./store/file/record-queue.ts";

/** A ledger that many hosts share, in a PostgreSQL database. */
export interface SharedLedger {
  /** Such as `postgres://farthing@db.internal/usage?sslmode=verify-full`; what it leaves out, `PGPASSWORD` and such say. */
  readonly url: string;
  /**
   * Folder of this host's copy, which questions are answered from and which can be made again at any time. Default:
   * `farthing/ledgers/<id>` in the user's cache folder.
   */
  readonly replica?: string;
  /**
   * Folder that `record` writes to without waiting for the database, and whose events are forwarded in the background.
   * Default: in `farthing/outboxes/` of the user's state folder, `<id>`, or where the database had not answered yet when
   * it was made, a folder named after the database.
   */
  readonly outbox?: string;
  /** As `maxBytes` of `forwardLedger`, for that folder. Default: 1 GiB. */
  readonly outboxMaxBytes?: number;
  /**
   * Whether opening it to write fails while the database is away, as opening it to read does, for whoever is to have an
   * answer. Default: false, so that what is recorded waits for the database.
   */
  readonly mustAnswer?: boolean;
  /** Loads the package `pg`. Default: the one installed beside this package. */
  readonly loadPg?: () => Promise<unknown>;
}

/** How to open a ledger. */
export interface OpenLedgerOptions {
  /** `write` claims a log of its own until `close`. Any number of processes may write and read at once. */
  readonly mode: "read" | "write";
  /** Makes a ledger where there is none; only with `write`. Default: false. */
  readonly create?: boolean;
  /** Default: this machine's. */
  readonly fileSystem?: FileSystem;
  /** Default: this machine's. */
  readonly processes?: Processes;
  /** Names what is new. Default: UUID v7. */
  readonly newUuid?: () => string;
  /** The time, in milliseconds since 1970, that lines are recorded at. Default: this machine's clock. */
  readonly now?: () => number;
  /** A file of the log that holds this many bytes gets no more lines, and a new one is begun. Default: 16 MiB. */
  readonly segmentBytes?: number;
  /**
   * When the column files of full segments are made, from which questions are answered fast: when one is asked, or in the
   * background as soon as a segment is full, which takes this process a few microseconds an event. Default: on demand.
   */
  readonly columns?: "on-demand" | "on-seal";
  /**
   * Who appended so many bytes makes columns of the newest segment when it closes the ledger, which takes a few
   * microseconds an event, so that the next question does not have to read their lines. Default: 1 MiB.
   */
  readonly partBytes?: number;
  /**
   * Of so many lines without columns an append remembers where they are, which takes 40 bytes each; where there are more,
   * it makes their columns first. Default: 1,000,000.
   */
  readonly linesInMemory?: number;
  /** How much may wait to be recorded while the operating system refuses it. Default: 10,000 events, 16 MiB. */
  readonly recordQueue?: Partial<RecordLimits>;
  /**
   * Hears why an event given to `record` is not recorded, or not yet. Without it, a line on standard error says so, and
   * at most one a minute after it.
   */
  readonly onError?: (error: unknown) => void;
  /**
   * Whether to write what was recorded when the process is asked to end by SIGTERM or SIGINT. Listeners of the process's
   * own stay in charge of whether it ends; where there are none, it does. Default: false.
   */
  readonly signals?: boolean;
  /** Default: this process. */
  readonly host?: Host;
  /**
   * The key of the tokens that stand for personal labels, as text: 64 hexadecimal digits. Ledgers with one key have
   * one token for one value. Default: the file `key` in the ledger, made when it is first needed.
   */
  readonly key?: string | null;
  /** 32 random bytes, for a ledger that needs a key and has none. Default: this machine's. */
  readonly newKey?: () => Uint8Array;
}
