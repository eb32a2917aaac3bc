const QUIET_MS = 60_000;

/** Tells of failures of Farthing's own, without ever throwing. */
export type ErrorReport = (error: unknown) => void;

/**
 * Hands errors to `onError`; without one, the first is a line on standard error, and so is one a minute later, which
 * says how many there were in between.
 */
export function reportErrors(
  onError: ErrorReport | null,
  now: () => number = Date.now,
  write: (line: string) => void = writeToStderr,
): ErrorReport {
  if (onError !== null) {
    return (error) => {
      try {
        onError(error);
      } catch {
        // Whoever listens has nobody to tell, and the call must go on.
      }
    };
  }
  let quietUntil = -Infinity;
  let unsaid = 0;
  return (error) => {
    unsaid += 1;
    const at = now();
    if (at < quietUntil) return;
    quietUntil = at + QUIET_MS;
    const more = unsaid === 1 ? "" : ` (and ${String(unsaid - 1)} more since the last such line)`;
    unsaid = 0;
    try {
      write(`farthing: a call was not recorded: ${messageOf(error)}${more}; calls themselves are unaffected\n`);
    } catch {
      // Standard error is closed.
    }
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function writeToStderr(line: string): void {
  process.stderr.write(line);
}
