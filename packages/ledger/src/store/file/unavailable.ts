import { LedgerError, LedgerUnavailableError } from "../../errors.ts";

const WHY: Readonly<Record<string, string>> = {
  EACCES: "permission denied; let this user read and, to record, write it",
  EPERM: "permission denied; let this user read and, to record, write it",
  EROFS: "the file system is read-only; move the ledger, or mount it writable",
  ENOSPC: "no space left on the device; free some and try again",
  EDQUOT: "the disk quota is used up; free some and try again",
  EMFILE: "too many files are open in this process; close some and try again",
  ENFILE: "too many files are open on this machine; close some and try again",
  EIO: "the device reported an input/output error; check the disk",
};

/** The code of an operating system's refusal, such as `ENOENT`; null for any other failure. */
export function systemCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/** What to throw when an action on a file failed: where the operating system refused, an error a caller can read. */
export function unavailable(path: string, error: unknown): unknown {
  const code = systemCode(error);
  if (code === null || error instanceof LedgerError) return error;
  const message = error instanceof Error ? error.message : code;
  return new LedgerUnavailableError(path, WHY[code] ?? message, { cause: error });
}

/**
 * Does something with a file.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function withPath<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw unavailable(path, error);
  }
}
