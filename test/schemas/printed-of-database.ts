import { join } from "node:path";
import { openLedger } from "@farthing/ledger";
import { connect, parsePostgresUrl } from "@farthing/ledger/postgres";
import { aRequestCompleted } from "../support/builders.ts";
import { anyPostgres } from "../support/describe-with-postgres.ts";
import { emptyFolder, runCli, type CliOptions } from "../support/run-cli.ts";

/** What is printed of a ledger in a database, of a folder that is forwarded to it, and of an outbox. */
export async function printedOfDatabase<Document>(
  folder: string,
  print: (name: string, args: readonly string[], options: CliOptions) => Promise<readonly Document[]>,
): Promise<readonly Document[]> {
  const database = await (await anyPostgres()).newDatabase();
  const home = emptyFolder();
  const options = { home };
  const printed: Document[] = [];
  const printAll = async (name: string, ...args: readonly string[]): Promise<void> => {
    printed.push(...(await print(name, [...args, "--format", "json"], options)));
  };
  const client = await connect(parsePostgresUrl(database));
  const behind = "insert into farthing.outbox (outbox, host, forwarded, waiting) values ('a', 'db1', 0, 1)";
  await printAll("migrate", "migrate", "--ledger", database);
  await client.query(behind);
  await client.end();
  const nobody = "postgres://127.0.0.1:1/usage";
  await runCli(["forward", "--ledger", folder, "--to", nobody], options);
  await printAll("forward", "forward", "--ledger", folder, "--forget", nobody, "--force");
  await printAll("doctor", "doctor", "--ledger", folder);
  await printAll("forward", "forward", "--ledger", folder, "--to", database);
  await printAll("doctor", "doctor", "--ledger", folder);
  await append(folder, "msg:waits-1", "msg:waits-2", "msg:waits-3");
  await printAll("prune", "prune", "--before", "2026-11-01", "--ledger", folder);
  await runCli(["forward", "--ledger", await anOutbox(home), "--to", database], options);
  await printAll("doctor", "doctor", "--ledger", database);
  await printAll("prune", "prune", "--before", "2026-01-01", "--ledger", database);
  return printed;
}

async function anOutbox(home: string): Promise<string> {
  const path = join(home, ".local/state/farthing/outboxes/any");
  await append(path, "msg:outbox");
  return path;
}

async function append(path: string, ...ids: readonly string[]): Promise<void> {
  await using ledger = await openLedger(path, { mode: "write", create: true });
  await ledger.append(ids.map((id) => aRequestCompleted({ id })));
}
