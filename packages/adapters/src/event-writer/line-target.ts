/** What became of lines that were handed over. */
export interface WriteResult {
  /** How many of them, from the first on, are there. */
  readonly written: number;
  /** Why not all of them are; null where nothing was in the way. */
  readonly error: Error | null;
}

/** Where lines go. Nothing of it throws. */
export interface LineTarget {
  /** Hands lines over, each without its line break, and calls back once, perhaps before it returns. */
  write(lines: readonly string[], done: (result: WriteResult) => void): void;
  /**
   * The same, done when it returns, for a process that is ending. Lines that are being written are among them again.
   * May wait for a moment, and not for long.
   */
  writeNow(lines: readonly string[]): WriteResult;
  /** Resolves when what was written would outlive a loss of power, where that can be had. */
  sync(): Promise<void>;
}

/** Lines as they are written. */
export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
