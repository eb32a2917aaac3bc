import { anyPostgres } from "../support/describe-with-postgres.ts";
import { postgresLedger } from "../support/postgres-ledger.ts";
import { runCli } from "../support/run-cli.ts";
import type { PrintedDocument } from "./printed-document.ts";

/** What `farthing rollup` prints of a ledger in a database. */
export async function printedRollup(): Promise<readonly PrintedDocument[]> {
  const { url, close } = await postgresLedger(await anyPostgres());
  const { stdout } = await runCli(["rollup", "--ledger", url, "--format", "json"]);
  await close();
  return [{ name: "rollup", command: "rollup --format json", json: JSON.parse(stdout) }];
}
