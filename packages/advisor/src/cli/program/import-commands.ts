import type { Command } from "commander";
import type { AgentSdkFlags } from "../commands/import-agent-sdk.ts";
import type { ImportFlags } from "../commands/import-claude-code.ts";
import type { RecordSource } from "../commands/import-records.ts";
import type { Finish } from "../finish.ts";
import { withFormat, withLedger } from "../flags/ledger-options.ts";
import type { CommandIo } from "../io.ts";

/** The commands that bring records into a ledger. */
export function addImportCommands(program: Command, io: CommandIo, finish: Finish): void {
  const imports = program.command("import").description("bring usage into a ledger; repeating it changes nothing");
  withFormat(withLedger(imports.command("claude-code [paths...]")), ["text", "json"])
    .description("transcripts of Claude Code; without PATH those of this user")
    .addHelpText("after", "\nExample: farthing import claude-code")
    .action(async (paths: string[], flags: ImportFlags) => {
      const { importTranscripts } = await import("../commands/import-claude-code.ts");
      finish(await importTranscripts(io, paths, flags));
    });
  withFormat(withLedger(imports.command("events [file]")), ["text", "json"])
    .description("events as NDJSON, from a file or, as - or without FILE, from stdin")
    .addHelpText("after", "\nExample: farthing import events calls.ndjson --ledger ./.farthing")
    .action(async (file: string | undefined, flags: ImportFlags) => {
      const { importEventLines } = await import("../commands/import-events.ts");
      finish(await importEventLines(io, file ?? "-", flags));
    });
  withFormat(withLedger(imports.command("agent-sdk <files...>")), ["text", "json"])
    .description("messages of the Claude Agent SDK: one stream in each file, as JSON or NDJSON")
    .option("--at <time>", "when messages came that tell no time; default: the file's last change")
    .addHelpText("after", "\nExample: farthing import agent-sdk run.ndjson --at 2026-10-01T10:00:00Z")
    .action(async (files: string[], flags: AgentSdkFlags) => {
      const { importAgentStreams } = await import("../commands/import-agent-sdk.ts");
      finish(await importAgentStreams(io, files, flags));
    });
  addRecordImport(
    imports,
    io,
    finish,
    "litellm",
    "calls that LiteLLM logged: rows of its spend logs, or logged payloads",
  );
  addRecordImport(
    imports,
    io,
    finish,
    "langfuse",
    "generations of Langfuse: observations, as it answers or exports them",
  );
  addReportImport(imports, io, finish, "usage");
  addReportImport(imports, io, finish, "cost");
}

/** What another program recorded of calls. */
function addRecordImport(
  imports: Command,
  io: CommandIo,
  finish: Finish,
  source: RecordSource,
  description: string,
): void {
  withFormat(withLedger(imports.command(`${source} <files...>`)), ["text", "json"])
    .description(`${description}, as JSON or NDJSON`)
    .addHelpText("after", `\nExample: farthing import ${source} calls.json`)
    .action(async (files: string[], flags: ImportFlags) => {
      const { importRecordFiles } = await import("../commands/import-records.ts");
      finish(await importRecordFiles(io, source, files, flags));
    });
}

/** A report that the API answers: it feeds the bill account, never spend. */
function addReportImport(imports: Command, io: CommandIo, finish: Finish, side: "usage" | "cost"): void {
  withFormat(withLedger(imports.command(`${side}-report <files...>`)), ["text", "json"])
    .description(`pages of one ${side} report as the API answers them; they feed the bill, not spend`)
    .addHelpText("after", `\nExample: farthing import ${side}-report page-1.json page-2.json`)
    .action(async (files: string[], flags: ImportFlags) => {
      const { importReport } = await import("../commands/import-report.ts");
      finish(await importReport(io, side, files, flags));
    });
}
