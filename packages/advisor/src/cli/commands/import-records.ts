import { createReadStream } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { RecordFile, RecordProgress, RecordsReport } from "@farthing/adapters/litellm";
import type { Ledger } from "@farthing/ledger";
import { InputError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { ledgerToWrite } from "../flags/locate-ledger.ts";
import { openToWrite } from "../input/open-to-write.ts";
import { bookOf } from "../input/book-of.ts";
import { makeColumns } from "../input/make-columns.ts";
import type { CommandIo } from "../io.ts";
import { badLines } from "../output/bad-lines.ts";
import { displayCount, displayQuantity } from "../output/format-values.ts";
import { importLines } from "../output/import-text.ts";
import { writeJson, writeLines } from "../output/output.ts";
import { createProgress } from "../output/progress.ts";
import { recordLines } from "../output/record-lines.ts";
import type { ImportFlags } from "./import-claude-code.ts";

/** Programs whose records of calls can be imported. */
export type RecordSource = "litellm" | "langfuse";

interface Importing {
  readonly ledger: Ledger;
  readonly files: readonly RecordFile[];
  readonly onProgress: (progress: RecordProgress) => void;
}

const NAMES: Readonly<Record<RecordSource, string>> = { litellm: "LiteLLM", langfuse: "Langfuse" };

/** `farthing import litellm FILE...` and `import langfuse FILE...`. Records that are bad are named, all others imported. */
export async function importRecordFiles(
  io: CommandIo,
  source: RecordSource,
  names: readonly string[],
  flags: ImportFlags,
): Promise<ExitCode> {
  const path = ledgerToWrite(flags.ledger, io);
  const files = names.map((name): RecordFile => {
    const file = resolve(io.cwd, name);
    return { name, open: () => createReadStream(file) };
  });
  // Checked first, so that a mistyped name makes no ledger.
  for (const name of names) await checkReadable(resolve(io.cwd, name), name, source);
  const progress = createProgress(io);
  let report: RecordsReport;
  {
    await using ledger = await openToWrite(path, io, { create: true });
    report = await importFrom(source, {
      ledger,
      files,
      onProgress: ({ records, calls }) => {
        progress.show(`${displayCount(records)} records, ${displayCount(calls)} calls of Claude`);
      },
    });
  }
  await makeColumns(path, progress);
  progress.clear();
  if (flags.format === "json") writeJson(io.stdout, { ledger: path, ...report });
  else writeLines(io.stdout, toLines(report, source, names, path));
  return badLines(report.skipped) > 0 ? EXIT.badInput : EXIT.done;
}

async function checkReadable(file: string, name: string, source: RecordSource): Promise<void> {
  await access(file, constants.R_OK);
  // What comes through a pipe cannot be read again from its beginning.
  if (source === "litellm" || (await stat(file)).isFile()) return;
  throw new InputError(
    `${name}: not a regular file, and records of Langfuse are read twice, to find sums; write it to a file and import that`,
  );
}

async function importFrom(source: RecordSource, importing: Importing): Promise<RecordsReport> {
  const book = await bookOf(importing.ledger);
  if (source === "litellm") {
    const { importLitellm } = await import("@farthing/adapters/litellm");
    return importLitellm({ ...importing, book });
  }
  const { importLangfuse } = await import("@farthing/adapters/langfuse");
  return importLangfuse({ ...importing, book });
}

function toLines(report: RecordsReport, source: RecordSource, files: readonly string[], path: string): string[] {
  return [
    `imported ${displayQuantity(files.length, "file")} of ${NAMES[source]} into ${path}`,
    `  records   ${displayCount(report.lines)}, of which ${displayCount(report.snapshots)} tell of a call of Claude`,
    ...importLines(report),
    ...recordLines(report),
  ];
}
