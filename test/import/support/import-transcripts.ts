import { type ClaudeCodeImportReport, importClaudeCode } from "@farthing/adapters/claude-code";
import { aFolder, write } from "./folder.ts";
import { MemoryLedger } from "./memory-ledger.ts";

/** Imports paths into a ledger, without a home folder. */
export function importPaths(ledger: MemoryLedger, ...paths: readonly string[]): Promise<ClaudeCodeImportReport> {
  return importClaudeCode({ ledger, paths, env: {}, home: "/nonexistent" });
}

export interface ImportedText {
  readonly ledger: MemoryLedger;
  readonly report: ClaudeCodeImportReport;
  readonly file: string;
}

/** Imports one transcript with this content into a new ledger. */
export async function importText(
  content: string | Uint8Array,
  name = "projects/app/session-1.jsonl",
): Promise<ImportedText> {
  const ledger = new MemoryLedger();
  const file = write(aFolder(), name, content);
  return { ledger, file, report: await importPaths(ledger, file) };
}
