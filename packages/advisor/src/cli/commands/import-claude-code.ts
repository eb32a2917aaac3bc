import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { defaultRoots, importClaudeCode, type ClaudeCodeImportReport } from "@farthing/adapters/claude-code";
import { InputError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { displayBytes, displayCount, displayQuantity } from "../output/format-values.ts";
import { importLines } from "../output/import-text.ts";
import type { CommandIo } from "../io.ts";
import { ledgerToWrite } from "../flags/locate-ledger.ts";
import { openToWrite } from "../input/open-to-write.ts";
import { makeColumns } from "../input/make-columns.ts";
import { warn } from "../messages.ts";
import { writeJson, writeLines } from "../output/output.ts";
import { createProgress } from "../output/progress.ts";

export interface ImportFlags {
  readonly ledger: readonly string[];
  readonly format: "text" | "json";
}

/** `farthing import claude-code [PATH...]`. Lines that are no events are named and never end the import. */
export async function importTranscripts(
  io: CommandIo,
  paths: readonly string[],
  flags: ImportFlags,
): Promise<ExitCode> {
  const path = ledgerToWrite(flags.ledger, io);
  const named = paths.map((each) => resolve(io.cwd, each));
  requireOne(named.length > 0 ? named : defaultRoots(io.env, io.home));
  const progress = createProgress(io);
  let report: ClaudeCodeImportReport;
  {
    await using ledger = await openToWrite(path, io, { create: true });
    report = await importClaudeCode({
      ledger,
      paths: named,
      env: io.env,
      home: io.home,
      onProgress: ({ filesDone, files, bytesDone, bytes, snapshots }) => {
        const percent = bytes === 0 ? 100 : Math.floor((bytesDone / bytes) * 100);
        progress.show(
          `${String(percent)} %  ${displayCount(filesDone)} of ${displayQuantity(files, "file")}, ${displayCount(snapshots)} snapshots`,
          { done: bytesDone, total: bytes },
          displayBytes,
        );
      },
    });
  }
  await makeColumns(path, progress);
  progress.clear();
  const { unreadable, found } = report.files;
  for (const each of unreadable) warn(io, `${each.path}: ${each.why}`);
  if (flags.format === "json") writeJson(io.stdout, { ledger: path, ...report });
  else writeLines(io.stdout, toLines(report, path));
  if (found === 0 && unreadable.length === 0) {
    throw new InputError(
      `no transcripts (*.jsonl) in ${report.roots.join(", ")}; name the folder: farthing import claude-code PATH`,
    );
  }
  return unreadable.length > 0 ? EXIT.badInput : EXIT.done;
}

/** Checked first, so that a mistyped path makes no ledger. */
function requireOne(roots: readonly string[]): void {
  if (roots.some((root) => existsSync(root))) return;
  throw new InputError(`${roots.join(", ")}: there is no such file or folder; name one with transcripts`);
}

function toLines(report: ClaudeCodeImportReport, path: string): string[] {
  const { files, pending } = report;
  return [
    `imported Claude Code transcripts into ${path}`,
    `  files     ${displayCount(files.found)} found, ${displayCount(files.read)} read, ${displayCount(files.unchanged)} unchanged since the last import`,
    `  lines     ${displayCount(report.lines)}, of which ${displayCount(report.snapshots)} show a response`,
    ...importLines(report),
    ...pending.map(
      ({ file, line }) => `  waiting   ${file}:${String(line)}: not complete yet; the next import reads it`,
    ),
  ];
}
