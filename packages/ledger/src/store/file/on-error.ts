/** How often a line is written when nobody listens to errors. */
const LINE_EVERY_MS = 60_000;

export interface OnErrorOptions {
  /** The listener; null where there is none. */
  readonly onError: ((error: unknown) => void) | null;
  readonly warn: (line: string) => void;
  /** What has become of events then. Default: "not recorded yet". */
  readonly what?: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Tells of errors that must not reach the caller: to the listener, and where there is none in one line a minute.
 *
 * What it returns never throws.
 */
export function createOnError({
  onError,
  warn,
  what = "not recorded yet",
  now,
}: OnErrorOptions): (error: unknown) => void {
  let quietUntil = -Infinity;
  let untold = 0;
  function tell(error: unknown): void {
    if (onError !== null) {
      onError(error);
      return;
    }
    const time = now();
    // A clock that was set back must not keep it quiet for longer.
    if (time < quietUntil && time >= quietUntil - LINE_EVERY_MS) {
      untold += 1;
      return;
    }
    const more = untold === 0 ? "" : ` (and ${String(untold)} more since the last such line)`;
    quietUntil = time + LINE_EVERY_MS;
    untold = 0;
    warn(`farthing: ${what}: ${error instanceof Error ? error.message : String(error)}${more}`);
  }
  return (error) => {
    try {
      tell(error);
    } catch {
      // There is nobody left to tell.
    }
  };
}
