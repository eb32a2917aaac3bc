import { anyPostgres } from "../support/describe-with-postgres.ts";
import { emptyFolder, type CliOptions } from "../support/run-cli.ts";

/** What is printed of a ledger in a database, and of a folder that is forwarded to it. */
export async function printedOfDatabase<Document>(
  folder: string,
  print: (name: string, args: readonly string[], options: CliOptions) => Promise<readonly Document[]>,
): Promise<readonly Document[]> {
  const database = await (await anyPostgres()).newDatabase();
  const options = { home: emptyFolder() };
  return [
    ...(await print("migrate", ["migrate", "--ledger", database, "--format", "json"], options)),
    ...(await print("forward", ["forward", "--ledger", folder, "--to", database, "--format", "json"], options)),
    ...(await print("doctor", ["doctor", "--ledger", folder, "--format", "json"], options)),
    ...(await print("doctor", ["doctor", "--ledger", database, "--format", "json"], options)),
  ];
}
