import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { REPOSITORY } from "../support/repository.ts";

const BENCH = join(REPOSITORY, "test/bench");

/** Whether DuckDB is there: `npx -y pnpm@10.34.9 --dir test/bench install` installs it. */
export const HAS_DUCKDB: boolean = existsSync(join(BENCH, "node_modules/@duckdb/node-api"));

interface DuckDb {
  readonly DuckDBInstance: { create(): Promise<{ connect(): Promise<Connection> }> };
}

interface Connection {
  runAndReadAll(statements: string): Promise<{ getRows(): unknown[][] }>;
}

/** Runs statements in DuckDB, which finds the files they name in a folder; returns the last one's rows, a line each. */
export async function runInDuckDb(statements: string, folder: string): Promise<string> {
  const { DuckDBInstance } = createRequire(join(BENCH, "package.json"))("@duckdb/node-api") as DuckDb;
  const connection = await (await DuckDBInstance.create()).connect();
  await connection.runAndReadAll(`set file_search_path = '${folder}'`);
  const rows = (await connection.runAndReadAll(statements)).getRows();
  return rows.map((row) => row.map(String).join(" ")).join("\n");
}
