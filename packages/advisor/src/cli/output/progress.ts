import type { TextSink } from "../io.ts";

/** One line that is written over and over, on a terminal; nothing elsewhere. */
export interface Progress {
  show(text: string): void;
  /** Removes the line. */
  clear(): void;
}

const ERASE_LINE = "\r\u001b[2K";

export function createProgress(sink: TextSink): Progress {
  if (sink.isTTY !== true) return { show: () => undefined, clear: () => undefined };
  return {
    show: (text) => void sink.write(`${ERASE_LINE}${text.slice(0, (sink.columns ?? 80) - 1)}`),
    clear: () => void sink.write(ERASE_LINE),
  };
}
