import type { CommandIo } from "../io.ts";
import { displaySpan } from "./format-values.ts";
import { createPaceMeter, type Amount, type Pace } from "./pace.ts";

/** One line that is written over and over, on a terminal; nothing elsewhere. */
export interface Progress {
  /**
   * @param amount How far it is: the line then says how fast it goes on, and how long it still takes where that is known.
   * @param rateWords Says a number per second, such as `displayBytes`.
   */
  show(text: string, amount?: Amount, rateWords?: (count: number) => string): void;
  /** Removes the line. What is shown next is measured anew. */
  clear(): void;
}

const ERASE_LINE = "\r\u001b[2K";
const COLUMNS_DEFAULT = 80;

/** Shorter than this nobody can tell how long it takes. */
const REMAINING_MIN_MS = 1_000;

export function createProgress({ stderr, now }: Pick<CommandIo, "stderr" | "now">): Progress {
  if (stderr.isTTY !== true) return { show: () => undefined, clear: () => undefined };
  let meter = createPaceMeter(now);
  return {
    show: (text, amount, rateWords) => {
      const pace = amount === undefined ? null : meter(amount);
      const line = [text, ...(pace === null ? [] : paceWords(pace, rateWords))].join(", ");
      stderr.write(`${ERASE_LINE}${line.slice(0, (stderr.columns ?? COLUMNS_DEFAULT) - 1)}`);
    },
    clear: () => {
      meter = createPaceMeter(now);
      stderr.write(ERASE_LINE);
    },
  };
}

function paceWords({ rate, remainingMs }: Pace, rateWords?: (count: number) => string): readonly string[] {
  return [
    ...(rateWords === undefined ? [] : [`${rateWords(Math.round(rate))}/s`]),
    ...(remainingMs === null || remainingMs < REMAINING_MIN_MS ? [] : [`${displaySpan(remainingMs)} left`]),
  ];
}
