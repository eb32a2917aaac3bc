import { InputError, UsageError } from "./command-errors.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";

/** An error as one line for a person, and the exit code it means. */
export interface Failure {
  readonly message: string;
  readonly exitCode: ExitCode;
}

/** Codes of ledger errors that a wrong argument causes; every other known error is about the input. */
const WRONG_USE_CODES: ReadonlySet<string> = new Set([
  "INVALID_SETTING",
  "INVALID_INSTANT",
  "INVALID_AMOUNT",
  "INVALID_KEY",
]);

/** What the operating system's codes mean to somebody who asked for a file. */
const SYSTEM_REASONS: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "there is no such file or folder"],
  ["EACCES", "no permission"],
  ["EPERM", "no permission"],
  ["EISDIR", "this is a folder, a file was expected"],
  ["ENOTDIR", "a part of this path is a file, a folder was expected"],
  ["ENOSPC", "the disk is full"],
  ["EROFS", "the file system is read-only"],
]);

/** Ledger errors are told by their code, so that describing one does not load the ledger. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof UsageError) return { message: error.message, exitCode: EXIT.wrongUse };
  if (error instanceof InputError) return { message: error.message, exitCode: EXIT.badInput };
  const code = codeOf(error);
  if (!(error instanceof Error) || code === null) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { message: `internal error, please report it: ${what}`, exitCode: EXIT.badInput };
  }
  return {
    message: systemMessage(error, code) ?? withNextStep(error),
    exitCode: WRONG_USE_CODES.has(code) ? EXIT.wrongUse : EXIT.badInput,
  };
}

/** What an error says, and what to look at where it knows that. */
export function withNextStep(error: Error): string {
  return "next" in error && typeof error.next === "string" ? `${error.message}; ${error.next}` : error.message;
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}

function systemMessage(error: Error, code: string): string | null {
  const reason = SYSTEM_REASONS.get(code);
  if (!("syscall" in error) || !("path" in error) || typeof error.path !== "string") return null;
  return `${error.path}: ${reason ?? error.message}`;
}
