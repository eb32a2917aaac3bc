import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * The package `chdb`, which is ClickHouse in a process: too large to be installed for a few statements. Whoever has it
 * names the folder it is installed in.
 */
const CHDB = join(process.env["FARTHING_CHDB"] ?? "", "node_modules/chdb");

export const HAS_CLICKHOUSE: boolean = process.env["FARTHING_CHDB"] !== undefined && existsSync(CHDB);

/** Its files are found from the folder of the process, so it gets one of its own. */
const PROGRAM = `const { Session } = require(process.argv[1]);
const session = new Session(process.argv[2]);
for (const statement of process.argv.slice(3)) process.stdout.write(session.query(statement, "TSV"));
process.exit(0);`;

/** Runs statements in ClickHouse, which finds the files they name in a folder; returns all their rows, a line each. */
export function runInClickHouse(statements: string, folder: string): string {
  const tables = mkdtempSync(join(tmpdir(), "farthing-clickhouse-"));
  try {
    const each = statements.split(/;\s*(?:\n|$)/).filter((statement) => statement.trim() !== "");
    return execFileSync(process.execPath, ["-e", PROGRAM, CHDB, tables, ...each], { cwd: folder, encoding: "utf8" });
  } finally {
    rmSync(tables, { recursive: true, force: true });
  }
}
