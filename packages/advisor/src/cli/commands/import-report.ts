import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  importBill,
  readBill,
  type BillImportReport,
  type BillProblem,
  type BillSideName,
} from "@farthing/adapters/bill";
import { printable } from "../../report/text-layout.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { ledgerToWrite } from "../flags/locate-ledger.ts";
import { openToWrite } from "../input/open-to-write.ts";
import type { CommandIo } from "../io.ts";
import { warn, warnOfMany } from "../messages.ts";
import { displayCount, displayQuantity } from "../output/format-values.ts";
import { writeJson, writeLines } from "../output/output.ts";
import type { ImportFlags } from "./import-claude-code.ts";

/** `farthing import usage-report|cost-report FILE...`. Good rows are kept and bad ones named; with any of those it exits 3. */
export async function importReport(
  io: CommandIo,
  side: BillSideName,
  names: readonly string[],
  flags: ImportFlags,
): Promise<ExitCode> {
  const path = ledgerToWrite(flags.ledger, io);
  const files = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(resolve(io.cwd, name), "utf8") })),
  );
  const read = readBill(files, side);
  warnOfMany(
    io,
    read.problems.map((problem) => problemWords(problem)),
  );
  for (const warning of read.warnings) warn(io, printable(warning));
  // Checked first, so that a wrong file makes no ledger.
  if (read.events.length === 0 && read.problems.length > 0) return EXIT.badInput;
  await using ledger = await openToWrite(path, io, { create: true });
  const report = await importBill(ledger, read, files.length);
  if (flags.format === "json") writeJson(io.stdout, { ledger: path, ...report });
  else writeLines(io.stdout, toLines(report, side, path));
  return report.problems.length > 0 ? EXIT.badInput : EXIT.done;
}

function problemWords({ file, place, why }: BillProblem): string {
  return printable(place === null ? `${file}: ${why}` : `${file}: ${place}: ${why}`);
}

function toLines(report: BillImportReport, side: BillSideName, path: string): string[] {
  const { appended, exists } = report.outcomes;
  return [
    `imported ${displayQuantity(report.files, "file")} of a ${side} report into ${path}`,
    `  told of   ${displayQuantity(report.days, "UTC day")}, ${displayQuantity(report.rows, "row")}`,
    ...totalLines(report),
    `  times     ${displayCount(appended)} new, ${displayCount(exists)} known already`,
    `  skipped   ${report.problems.length === 0 ? "nothing" : displayQuantity(report.problems.length, "row or file", "rows or files")}`,
  ];
}

function totalLines({ usd, tokens, webSearchRequests }: BillImportReport): string[] {
  if (tokens === null) return usd === null ? [] : [`  billed    $${usd}`];
  const { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output } = tokens;
  const parts = [
    `${displayCount(uncachedInput)} uncached input`,
    `${displayCount(cacheWrite5m + cacheWrite1h)} cache write`,
    `${displayCount(cacheRead)} cache read`,
    `${displayCount(output)} output`,
  ];
  const searches = webSearchRequests === null ? [] : [`  searches  ${displayCount(webSearchRequests)}`];
  return [`  tokens    ${parts.join(", ")}`, ...searches];
}
