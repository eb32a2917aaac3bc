import { LedgerUnavailableError } from "../../errors.ts";
import { NO_LINES } from "./frame.ts";
import type { LogEnd } from "./log-end.ts";
import { LogWriter, type LinePlace, type LogWriterOptions } from "./log-writer.ts";
import type { LossMarks } from "./loss-marks.ts";
import type { OwnLog } from "./own-log.ts";

export interface OwnLogWriterOptions extends Omit<LogWriterOptions, "writer"> {
  /** The log of this process. */
  readonly own: OwnLog;
}

const NEW_LOG: LogEnd = { segment: 0, bytes: 0, head: NO_LINES, takesLines: false };

/**
 * Appends to the log of this process: to another one from when on others took over the first. What was not durable by
 * then counts as lost, as after a failed sync; written again, it counts once.
 */
export class OwnLogWriter {
  readonly #options: OwnLogWriterOptions;
  #writer: string;
  #log: LogWriter;
  /** Of logs before this one, and of being taken over. */
  #losses = 0;
  /** Why another one could not be begun at the last write. */
  #refusal: Error | null = null;

  private constructor(options: OwnLogWriterOptions, log: LogWriter) {
    this.#options = options;
    this.#writer = options.own.writer;
    this.#log = log;
  }

  /** As `LogWriter.open`. */
  static async open(options: OwnLogWriterOptions, end: LogEnd): Promise<OwnLogWriter> {
    return new OwnLogWriter(options, await openLog(options, end));
  }

  /** Which log the next line goes to. */
  get writer(): string {
    return this.#writer;
  }

  /** As `LogWriter.losses`. */
  get losses(): number {
    return this.#losses + this.#log.losses;
  }

  /** As `LogWriter.needsSync`. */
  get needsSync(): boolean {
    return this.#log.needsSync;
  }

  /** As `LogWriter.marks`. */
  get marks(): LossMarks {
    return this.#log.marks;
  }

  /**
   * Whether the log is still this process's.
   *
   * @throws LedgerUnavailableError where the operating system does not tell.
   */
  isOwn(): boolean {
    const { own } = this.#options;
    return own.writer === this.#writer && own.isHeld();
  }

  /**
   * Goes on in another log where this one was taken over.
   *
   * @throws LedgerClosedError, LedgerLockedError, LedgerUnavailableError
   */
  async beginAnother(): Promise<void> {
    const { own } = this.#options;
    if (this.isOwn()) return;
    if (own.writer === this.#writer) await own.claimAnother();
    const { writer } = own;
    if (writer === this.#writer) return;
    const log = await openLog(this.#options, NEW_LOG);
    // Another call may have been faster.
    if (writer === this.#writer) return;
    const before = this.#log;
    this.#losses += before.losses + 1;
    this.#writer = writer;
    this.#log = log;
    await before.close();
  }

  /**
   * As `LogWriter.write`.
   *
   * @throws LedgerUnavailableError also where the log was taken over: another one is begun, which takes them a moment later. Where
   * that failed before, it says why, as `beginAnother`.
   */
  write(events: readonly string[]): readonly LinePlace[] {
    if (this.isOwn()) return this.#log.write(events);
    // Who writes again hears why there is none.
    const refusal = this.#refusal ?? this.#takenOver();
    this.#refusal = null;
    this.beginAnother().catch((error: unknown) => {
      this.#refusal = error instanceof Error ? error : null;
    });
    throw refusal;
  }

  /** As `LogWriter.sync`. */
  async sync(): Promise<void> {
    const log = this.#log;
    await log.sync();
    if (log !== this.#log) throw this.#takenOver();
  }

  /** As `LogWriter.syncNow`. */
  syncNow(): void {
    this.#log.syncNow();
  }

  /** As `LogWriter.close`. */
  async close(): Promise<void> {
    await this.#log.close();
  }

  #takenOver(): LedgerUnavailableError {
    const why = "another process took over the log, as nothing was heard of this one for minutes; another log is begun";
    return new LedgerUnavailableError(this.#options.folder, why);
  }
}

function openLog({ own, ...options }: OwnLogWriterOptions, end: LogEnd): Promise<LogWriter> {
  return LogWriter.open({ ...options, writer: own.writer }, end);
}
