import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { type AgentSdkReport, importAgentSdk } from "@farthing/adapters/agent-sdk";
import { displayUsd, formatUsd, parseUsd, sum } from "@farthing/ledger";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { ledgerToWrite } from "../flags/locate-ledger.ts";
import { openToWrite } from "../input/open-to-write.ts";
import { parseInstantFlag } from "../flags/time-options.ts";
import { bookOf } from "../input/book-of.ts";
import { makeColumns } from "../input/make-columns.ts";
import type { CommandIo } from "../io.ts";
import { badLines } from "../output/bad-lines.ts";
import { displayCount, displayQuantity } from "../output/format-values.ts";
import { importLines } from "../output/import-text.ts";
import { addImports } from "../output/joined-imports.ts";
import { writeJson, writeLines } from "../output/output.ts";
import { createProgress } from "../output/progress.ts";
import { reportedLines } from "../output/reported-lines.ts";
import type { ImportFlags } from "./import-claude-code.ts";

export interface AgentSdkFlags extends ImportFlags {
  readonly at?: string;
}

/** `farthing import agent-sdk FILE...`: what streams were billed, and where their clients priced it otherwise. */
export async function importAgentStreams(
  io: CommandIo,
  files: readonly string[],
  flags: AgentSdkFlags,
): Promise<ExitCode> {
  const path = ledgerToWrite(flags.ledger, io);
  const at = flags.at === undefined ? null : parseInstantFlag(flags.at, "--at");
  // Read first, so that a mistyped name makes no ledger.
  const streams: { readonly name: string; readonly text: string; readonly at: number }[] = [];
  for (const name of files) {
    const file = resolve(io.cwd, name);
    const text = await readFile(file, "utf8");
    streams.push({ name, text, at: at ?? Math.trunc((await stat(file)).mtimeMs) });
  }
  const reports: AgentSdkReport[] = [];
  {
    await using ledger = await openToWrite(path, io, { create: true });
    const book = await bookOf(ledger);
    for (const stream of streams) reports.push(await importAgentSdk({ ledger, book, ...stream }));
  }
  await makeColumns(path, createProgress(io));
  const report = togetherOf(reports);
  if (flags.format === "json") writeJson(io.stdout, { ledger: path, ...report });
  else writeLines(io.stdout, toLines(report, files, path));
  return badLines(report.skipped) > 0 ? EXIT.badInput : EXIT.done;
}

function togetherOf(reports: readonly AgentSdkReport[]): AgentSdkReport {
  const sumOf = (read: (report: AgentSdkReport) => number): number =>
    reports.reduce((total, each) => total + read(each), 0);
  const usdOf = (read: (report: AgentSdkReport) => string): string =>
    formatUsd(sum(reports.map((each) => parseUsd(read(each)))));
  return {
    ...addImports(reports),
    results: sumOf(({ results }) => results),
    differences: reports.flatMap(({ differences }) => differences),
    reportedUsd: usdOf(({ reportedUsd }) => reportedUsd),
    unrecordedUsd: usdOf(({ unrecordedUsd }) => unrecordedUsd),
    lowerBounds: sumOf(({ lowerBounds }) => lowerBounds),
  };
}

function toLines(report: AgentSdkReport, files: readonly string[], path: string): string[] {
  const { lines, results, differences, lowerBounds, reportedUsd, unrecordedUsd } = report;
  const unrecorded = parseUsd(unrecordedUsd);
  return [
    `imported ${displayQuantity(files.length, "stream")} of the Claude Agent SDK into ${path}`,
    `  messages  ${displayCount(lines)}, of which ${displayCount(results)} tell what their client reckoned`,
    ...importLines(report),
    ...(lowerBounds === 0
      ? []
      : [
          `  at least  ${displayQuantity(lowerBounds, "response")} told no final output; transcripts of the session do`,
        ]),
    ...reportedLines(differences, results),
    ...(unrecorded === 0n
      ? []
      : [
          `  missing   ${displayUsd(unrecorded)} of the ${displayUsd(parseUsd(reportedUsd))} reckoned is on no whole response here, and in no total; transcripts of the session may hold it`,
        ]),
  ];
}
