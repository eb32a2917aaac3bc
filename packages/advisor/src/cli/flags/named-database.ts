import { parsePostgresUrl } from "@farthing/ledger/postgres";
import { UsageError } from "../command-errors.ts";
import { withoutSetting } from "./setting-error.ts";

const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;

/**
 * The database that a flag names.
 *
 * @throws UsageError for a text that names none; it is not repeated, for it may hold a password.
 */
export function namedDatabase(flag: string, text: string): string {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) throw new UsageError(`${flag}: name a database: postgres://HOST/DATABASE`);
  if (!/^postgres(?:ql)?$/.test(scheme)) {
    throw new UsageError(
      `${flag}: ledgers are in PostgreSQL, and ${scheme}:// is a URL of something else; name postgres://HOST/DATABASE`,
    );
  }
  try {
    return parsePostgresUrl(text);
  } catch (error) {
    throw new UsageError(`${flag}: ${withoutSetting(error)}`, { cause: error });
  }
}
