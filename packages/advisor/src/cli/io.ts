import type { Instant, Threads } from "@farthing/ledger";

/** Where text goes: a terminal, a pipe, a file, or a test's list of strings. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Width of a terminal. */
  readonly columns?: number;
}

/** Everything a command may reach of the outside world besides files, so that tests run it in process. */
export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative paths start here. */
  readonly cwd: string;
  readonly home: string;
  /** Results, and nothing else. */
  readonly stdout: TextSink;
  /** Progress, warnings and errors. */
  readonly stderr: TextSink;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** The clock, unless `--now` fixes it. */
  readonly now: () => Instant;
  /** Default: this machine's. */
  readonly threads?: Pick<Threads, "start">;
}
