import { LedgerError, LedgerNotFoundError, LedgerUnavailableError } from "../../errors.ts";
import { nextStep } from "./next-step.ts";
import type { PostgresUrl } from "./postgres-url.ts";

/** What a user of the database may need to be granted; the owner's rights are granted to nobody. */
export type Right = "farthing_writer" | "farthing_reader" | "farthing_roller" | "farthing_pruner" | "owner";

const NO_LEDGER: readonly string[] = ["3F000", "42P01"];
const DENIED = "42501";
/** What `pg` says where it has none to send. */
const NO_PASSWORD = /client password must be a(?: non-empty)? string/;
const NO_DATABASE = "3D000";
const LOCKED = "55P03";
/** Invalid authorization, catalog or schema name, and access rule violation: PostgreSQL, appendix "Error Codes". */
const REFUSED = /^(?:28|3D|3F|42)[0-9A-Z]{3}$/;
/** What a pooler says of itself has one code, whatever it is: PgBouncer, `src/client.c`, as of 1.18. */
const OF_A_POOLER = "08P01";
const REFUSED_BY_A_POOLER = /authentication failed|login rejected|^no such (?:user|database)|^not allowed$/;
const TOO_MANY_CONNECTIONS = "53300";
/** The server starts or shuts down, for whoever asks: class 57, operator intervention. */
const SHUT = /^57/;
/** Codes that Node.js gives certificates it does not trust (`tls`, "X509 certificate error codes"). */
const NOT_TRUSTED = /^(?:CERT_|DEPTH_ZERO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA|SELF_SIGNED_|UNABLE_TO_)/;
/** What `pg` says of a login, or of TLS, that it cannot do as the server does. */
const NOT_AGREED = /^SASL: |server does not support SSL/;

/**
 * An error of `pg` as one a caller can read. It has no cause: a driver's errors can hold what credentials came with.
 *
 * @param name Of the database, without credentials.
 * @param rights What its user needs for what failed; empty where that is not known.
 */
export function readableError(name: string, url: PostgresUrl, error: unknown, rights: readonly Right[]): unknown {
  if (!(error instanceof Error)) return error;
  const code = codeOf(error);
  if (error instanceof LedgerError || isMistake(error)) return error;
  const why = withoutSecrets(messageOf(error), url);
  if (NO_LEDGER.includes(code)) {
    return new LedgerNotFoundError(
      name,
      "there is no ledger in this database; make one: farthing migrate --ledger URL",
    );
  }
  const isRefusal = isRefused(code, why) || NOT_TRUSTED.test(code) || NOT_AGREED.test(why) || isOfAFile(error);
  const isOfLogin = isRefusal || code === TOO_MANY_CONNECTIONS || (isFatal(error) && !SHUT.test(code));
  const isDenied = code === DENIED;
  const unavailable = (text: string): LedgerUnavailableError =>
    new LedgerUnavailableError(name, text, { isRefusal, isOfLogin, isDenied });
  if (NO_PASSWORD.test(why)) {
    const remedy = "set PGPASSWORD, or write it to ~/.pgpass";
    return unavailable(`the server asks for a password, and there is none; ${remedy}`);
  }
  if (isDenied) return unavailable(`${why}; ${remedyOf(rights)}`);
  if (code === LOCKED) {
    const whose =
      "another transaction, such as a prune or a migration, has had locked what this one needs for too long";
    return unavailable(`${whose}, and nothing was written; it can be tried again at any time (${why})`);
  }
  if (code === NO_DATABASE) return unavailable(`${why}; create it, then: farthing migrate`);
  return new LedgerUnavailableError(name, why, { isRefusal, isOfLogin, next: nextStep(codeOf(error), why) });
}

/** What gives a user the rights that it lacks. */
export function remedyOf(rights: readonly Right[]): string {
  if (rights.includes("owner")) {
    return "do this as the owner of its tables, or of the database where it has none yet: name that user in the URL";
  }
  if (rights.length > 0) return `grant its user ${rights.join(" and ")}`;
  return "grant its user what it is to do: farthing_writer to record, farthing_reader to read, farthing_roller to roll up spend, farthing_pruner to prune; its owner alone may change settings and tables";
}

function isRefused(code: string, why: string): boolean {
  return REFUSED.test(code) || (code === OF_A_POOLER && REFUSED_BY_A_POOLER.test(why));
}

/** Whether a server ended the connection: while it is made, for a reason of its login. */
function isFatal(error: Error): boolean {
  return "severity" in error && error.severity === "FATAL";
}

/** Whether a file that the URL names, such as a certificate, cannot be read. A socket that is not there is no such file. */
function isOfAFile(error: Error): boolean {
  return "syscall" in error && (error.syscall === "open" || error.syscall === "read") && "path" in error;
}

/** Whether an error tells of this code rather than of the database. One about the URL holds it, with its password. */
function isMistake(error: Error): boolean {
  return (error instanceof TypeError || error instanceof RangeError) && !("code" in error);
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}

function messageOf(error: Error): string {
  // Where a host has several addresses, each refusal is an error of its own.
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : null;
  if (error.message === "" && inner instanceof Error) return inner.message;
  return error.message;
}

function withoutSecrets(text: string, url: PostgresUrl): string {
  return passwordsOf(url).reduce((rest, password) => rest.replaceAll(password, "***"), text);
}

/** Wherever the URL has it, as it is and encoded. */
function passwordsOf(url: PostgresUrl): readonly string[] {
  const { password, searchParams } = new URL(url);
  return [decoded(password), password, searchParams.get("password") ?? ""].filter((each) => each !== "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
