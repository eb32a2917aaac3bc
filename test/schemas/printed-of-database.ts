import { connect, parsePostgresUrl } from "@farthing/ledger/postgres";
import { anyPostgres } from "../support/describe-with-postgres.ts";
import { emptyFolder, type CliOptions } from "../support/run-cli.ts";

/** What is printed of a ledger in a database, and of a folder that is forwarded to it. */
export async function printedOfDatabase<Document>(
  folder: string,
  print: (name: string, args: readonly string[], options: CliOptions) => Promise<readonly Document[]>,
): Promise<readonly Document[]> {
  const database = await (await anyPostgres()).newDatabase();
  const options = { home: emptyFolder() };
  const client = await connect(parsePostgresUrl(database));
  const behind = "insert into farthing.outbox (outbox, host, forwarded, waiting) values ('a', 'db1', 0, 1)";
  const migrated = await print("migrate", ["migrate", "--ledger", database, "--format", "json"], options);
  await client.query(behind);
  await client.end();
  return [
    ...migrated,
    ...(await print("forward", ["forward", "--ledger", folder, "--to", database, "--format", "json"], options)),
    ...(await print("doctor", ["doctor", "--ledger", folder, "--format", "json"], options)),
    ...(await print("doctor", ["doctor", "--ledger", database, "--format", "json"], options)),
    ...(await print("prune", ["prune", "--before", "2026-01-01", "--ledger", database, "--format", "json"], options)),
  ];
}
