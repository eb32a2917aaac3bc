import { createReadStream } from "node:fs";
import { access, constants, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { importEvents, type ImportReport } from "@farthing/adapters/events";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { displayBytes, displayCount } from "../output/format-values.ts";
import { importLines } from "../output/import-text.ts";
import type { CommandIo } from "../io.ts";
import { ledgerToWrite } from "../flags/locate-ledger.ts";
import { openToWrite } from "../input/open-to-write.ts";
import { makeColumns } from "../input/make-columns.ts";
import { writeJson, writeLines } from "../output/output.ts";
import { createProgress } from "../output/progress.ts";
import type { ImportFlags } from "./import-claude-code.ts";

const STDIN = "-";

/** `farthing import events FILE|-`. Good lines are imported and bad ones named; with any of those it exits 3. */
export async function importEventLines(io: CommandIo, file: string, flags: ImportFlags): Promise<ExitCode> {
  const path = ledgerToWrite(flags.ledger, io);
  const source = file === STDIN ? null : resolve(io.cwd, file);
  // Checked first, so that a mistyped name makes no ledger.
  if (source !== null) await access(source, constants.R_OK);
  const progress = createProgress(io);
  const input = measured(source === null ? toBytes(io.stdin) : createReadStream(source));
  const total = source === null ? null : (await stat(source)).size;
  let report: ImportReport;
  {
    await using ledger = await openToWrite(path, io, { create: true });
    report = await importEvents({
      ledger,
      lines: input.bytes,
      name: file,
      onProgress: ({ lines, snapshots }) => {
        const amount = { done: input.read(), total };
        progress.show(`${displayCount(lines)} lines, ${displayCount(snapshots)} events`, amount, displayBytes);
      },
    });
  }
  await makeColumns(path, progress);
  progress.clear();
  if (flags.format === "json") writeJson(io.stdout, { ledger: path, ...report });
  else writeLines(io.stdout, [`imported ${file} into ${path}`, linesLine(report), ...importLines(report)]);
  return report.skipped.total > 0 ? EXIT.badInput : EXIT.done;
}

function linesLine({ lines, snapshots }: ImportReport): string {
  return `  lines     ${displayCount(lines)}, of which ${displayCount(snapshots)} hold an event`;
}

/** A stream, and how much of it was taken. */
function measured(stream: AsyncIterable<Uint8Array>): {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly read: () => number;
} {
  let read = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      read += chunk.length;
      yield chunk;
    }
  }
  return { bytes: counted(), read: () => read };
}

async function* toBytes(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const chunk of stream) yield typeof chunk === "string" ? encoder.encode(chunk) : chunk;
}
