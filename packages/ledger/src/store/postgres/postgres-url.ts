import { InvalidSettingError } from "../../errors.ts";

/** A connection URI of PostgreSQL, credentials included: never printed, never recorded. */
export type PostgresUrl = string & { readonly opaque: "postgres url" };

const SCHEME = /^postgres(?:ql)?:\/\//i;

/** Whether a text names a ledger in a PostgreSQL database rather than a folder. */
export function isPostgresUrl(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * Reads a connection URI, such as `postgres://farthing@db.internal:5432/usage?sslmode=verify-full`.
 *
 * @throws InvalidSettingError for a text that is none; the message does not repeat it, for it may hold a password.
 */
export function parsePostgresUrl(text: string): PostgresUrl {
  if (!isPostgresUrl(text) || !URL.canParse(text) || isAmbiguous(new URL(text))) {
    const form = "postgres://USER@HOST:PORT/DATABASE, with special characters of names and passwords percent-encoded";
    throw new InvalidSettingError("url", `not the URL of a PostgreSQL database; expected ${form}`);
  }
  return text as PostgresUrl;
}

/** Whether a password that is not encoded may have ended up in what is printed: everything behind its first / or # or ? is there. */
function isAmbiguous({ pathname, search, hash }: URL): boolean {
  return pathname.slice(1).includes("/") || hash !== "" || `${pathname}${search}`.includes("@");
}

/** A URL that can be parsed as messages name it: where the database is, without user, password and parameters. */
export function describeUrl(url: string): string {
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname}`;
}
