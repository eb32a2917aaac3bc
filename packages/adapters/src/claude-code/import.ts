import type { Ledger } from "@farthing/ledger";
import { AppendQueue } from "../import/append-queue.ts";
import type { ImportReport } from "../import/import-report.ts";
import { type LinePlace, SkipLog, type SkipReason } from "../import/skip.ts";
import { CheckpointFile } from "./checkpoint-file.ts";
import { defaultRoots, findTranscripts, type FoundTranscript, type UnreadablePath } from "./paths.ts";
import { type NewLine, readTranscript } from "./read-transcript.ts";
import { TranscriptFile, UnreadableFileError } from "./transcript-file.ts";

/** A long import is made durable at least this often, so that one that is stopped does not begin again. */
const SAVE_EVERY_BYTES = 256 * 1024 * 1024;

export interface ImportClaudeCodeOptions {
  readonly ledger: Pick<Ledger, "append" | "document">;
  /** Files and folders; empty for the folders where Claude Code keeps its transcripts. */
  readonly paths: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home folder. */
  readonly home: string;
  /** Called about once per mebibyte read. */
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  readonly files: number;
  readonly filesDone: number;
  readonly bytes: number;
  readonly bytesDone: number;
  readonly snapshots: number;
}

/** A last line that is not complete: it may be being written, and is read when it has ended. */
export interface PendingLine extends LinePlace {
  readonly bytes: number;
}

export interface ClaudeCodeImportReport extends ImportReport {
  /** Where transcripts were looked for. */
  readonly roots: readonly string[];
  readonly files: {
    readonly found: number;
    readonly read: number;
    /** Nothing was added to them since the last import. */
    readonly unchanged: number;
    readonly unreadable: readonly UnreadablePath[];
  };
  readonly pending: readonly PendingLine[];
}

/**
 * Imports transcripts of Claude Code. Whatever is in them, the import goes on, and the report says what was left out.
 *
 * Repeating it, in any order of files or pieces of files, gives the same account. Files are read on from where the
 * last import into the same ledger left them, as long as they begin as they did.
 *
 * @throws LedgerError where the ledger cannot be written to; what was appended before stays, nothing is half-written.
 */
export async function importClaudeCode(options: ImportClaudeCodeOptions): Promise<ClaudeCodeImportReport> {
  const useDefaults = options.paths.length === 0;
  const roots = useDefaults ? defaultRoots(options.env, options.home) : options.paths;
  const found = await findTranscripts(roots, { mayBeAbsent: useDefaults });
  const run = new ImportRun(options, found.files, await CheckpointFile.open(options.ledger));
  for (const file of found.files) await run.importFile(file);
  return { roots, ...(await run.finish(found.unreadable)) };
}

/** A line of these that lacks its newline may be the beginning of a good one. Of an object no beginning is JSON. */
const MAY_BE_HALF_WRITTEN: ReadonlySet<SkipReason> = new Set<SkipReason>([
  "malformed-json",
  "not-an-object",
  "line-too-long",
]);

class ImportRun {
  readonly #options: ImportClaudeCodeOptions;
  readonly #files: readonly FoundTranscript[];
  readonly #checkpoint: CheckpointFile;
  readonly #skips = new SkipLog();
  readonly #queue: AppendQueue;
  readonly #pending: PendingLine[] = [];
  readonly #unreadable: UnreadablePath[] = [];
  readonly #bytes: number;
  #filesDone = 0;
  #bytesDone = 0;
  #bytesUnsaved = 0;
  #read = 0;
  #unchanged = 0;
  #lines = 0;
  #snapshots = 0;

  constructor(options: ImportClaudeCodeOptions, files: readonly FoundTranscript[], checkpoint: CheckpointFile) {
    this.#options = options;
    this.#files = files;
    this.#checkpoint = checkpoint;
    this.#queue = new AppendQueue(options.ledger, this.#skips);
    this.#bytes = files.reduce((total, file) => total + file.bytes, 0);
  }

  async importFile({ path, bytes }: FoundTranscript): Promise<void> {
    const bytesBefore = this.#bytesDone;
    try {
      const file = await TranscriptFile.open(path);
      try {
        await this.#importNewLines(file);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      this.#unreadable.push({ path, why: error.why });
    }
    this.#filesDone += 1;
    this.#bytesDone = bytesBefore + bytes;
    this.#tell();
    if (this.#bytesUnsaved >= SAVE_EVERY_BYTES) await this.#save();
  }

  async finish(notFound: readonly UnreadablePath[]): Promise<Omit<ClaudeCodeImportReport, "roots">> {
    await this.#save();
    return {
      files: {
        found: this.#files.length,
        read: this.#read,
        unchanged: this.#unchanged,
        unreadable: [...notFound, ...this.#unreadable],
      },
      lines: this.#lines,
      snapshots: this.#snapshots,
      outcomes: this.#queue.counts,
      skipped: this.#skips.report(),
      pending: this.#pending,
      unknownModels: this.#queue.unknownModels,
    };
  }

  async #importNewLines(file: TranscriptFile): Promise<void> {
    const left = this.#checkpoint.markOf(file.path);
    const from = left !== null && (await file.agreesWith(left)) ? left : { offset: 0, lines: 0 };
    if (left === from && file.size === from.offset) {
      this.#unchanged += 1;
      return;
    }
    this.#read += 1;
    let { offset, lines } = from;
    for await (const group of readTranscript(file, from)) {
      for (const line of group) {
        this.#take(line, file.path, offset);
        if (!line.terminated) continue;
        this.#bytesDone += line.endByte - offset;
        this.#bytesUnsaved += line.endByte - offset;
        offset = line.endByte;
        lines = line.number;
        if (this.#queue.isFull) await this.#queue.flush();
      }
      this.#tell();
    }
    this.#checkpoint.advance(file.path, { offset, lines, fingerprint: await file.fingerprint(offset) });
  }

  #take(line: NewLine, file: string, startByte: number): void {
    const { parsed } = line;
    const place: LinePlace = { file, line: line.number };
    if (!line.terminated && parsed.kind === "skipped" && MAY_BE_HALF_WRITTEN.has(parsed.skip.reason)) {
      this.#pending.push({ ...place, bytes: line.endByte - startByte });
      return;
    }
    this.#lines += 1;
    if (parsed.kind === "response") {
      this.#snapshots += 1;
      this.#queue.add(parsed.event, place);
    } else if (parsed.kind === "skipped") {
      this.#skips.add(parsed.skip, place);
    }
  }

  async #save(): Promise<void> {
    await this.#queue.flush();
    await this.#checkpoint.save();
    this.#bytesUnsaved = 0;
  }

  #tell(): void {
    this.#options.onProgress?.({
      files: this.#files.length,
      filesDone: this.#filesDone,
      bytes: this.#bytes,
      bytesDone: this.#bytesDone,
      snapshots: this.#snapshots,
    });
  }
}
