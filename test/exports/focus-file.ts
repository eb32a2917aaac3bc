import { readFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder, runCli, type CliResult } from "../support/run-cli.ts";
import { readCsv } from "./exported.ts";

/** A row by its columns; null where a field is empty. */
export type FocusRecord = Readonly<Record<string, string | null>>;

export interface FocusFile {
  readonly result: CliResult;
  readonly header: readonly string[];
  readonly rows: readonly FocusRecord[];
}

/** A ledger exported as FOCUS in CSV. */
export async function focusOf(ledgers: string | readonly string[], ...flags: readonly string[]): Promise<FocusFile> {
  const file = join(emptyFolder(), "focus.csv");
  const which = [ledgers].flat().flatMap((path) => ["--ledger", path]);
  const result = await runCli(["export", "focus", ...which, "--output", file, ...flags]);
  if (result.exitCode !== 0) throw new Error(result.stderr);
  const [header = [], ...records] = readCsv(readFileSync(file, "utf8"));
  const rows = records.map((record) =>
    Object.fromEntries(header.map((name, index) => [name, record[index] === "" ? null : (record[index] ?? "missing")])),
  );
  return { result, header, rows };
}

/** The sum of a column, exactly, in units of 10^-20. */
export function total(rows: readonly FocusRecord[], column: string): bigint {
  return rows.reduce((sum, row) => sum + unitsOf(row[column] ?? "0"), 0n);
}

/** An exact decimal in units of 10^-20. */
export function unitsOf(amount: string): bigint {
  const [whole = "0", fraction = ""] = amount.split(".");
  return BigInt(whole + fraction.padEnd(20, "0"));
}
