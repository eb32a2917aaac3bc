/** Why a line brought no event although it could have held one. Codes are stable: they appear in JSON. */
export type SkipReason =
  | "malformed-json"
  | "not-an-object"
  | "line-too-long"
  /** An assistant's line without `message.usage`: some other tools, and Claude Code long ago, left it out. */
  | "no-usage"
  /** Written by the client in the place of an answer, most often an error message. Nothing was billed. */
  | "synthetic"
  | "no-model"
  | "no-timestamp"
  /** The usage object cannot be billed, such as for a negative count. */
  | "invalid-usage"
  /** A field of an event is missing, wrong or unknown. */
  | "invalid-event";

/** Why something was skipped. */
export interface Skip {
  readonly reason: SkipReason;
  /** The field at fault, such as `usage.input_tokens`; null where no single one is. */
  readonly field: string | null;
  readonly why: string;
}

/** Where a line stands. */
export interface LinePlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export interface SkippedLine extends Skip, LinePlace {}

/** Everything that was skipped: counted exactly, shown by a few examples of each reason. */
export interface Skips {
  readonly total: number;
  readonly byReason: Readonly<Partial<Record<SkipReason, number>>>;
  readonly examples: readonly SkippedLine[];
}

const EXAMPLES_PER_REASON = 10;
const WHY_CHARACTERS_MAX = 200;

/** Counts what is skipped, in memory that does not grow with it. */
export class SkipLog {
  readonly #byReason: Partial<Record<SkipReason, number>> = {};
  readonly #examples: SkippedLine[] = [];
  #total = 0;

  add(skip: Skip, place: LinePlace): void {
    const count = (this.#byReason[skip.reason] ?? 0) + 1;
    this.#byReason[skip.reason] = count;
    this.#total += 1;
    if (count > EXAMPLES_PER_REASON) return;
    this.#examples.push({ file: place.file, line: place.line, ...skip, why: skip.why.slice(0, WHY_CHARACTERS_MAX) });
  }

  report(): Skips {
    return { total: this.#total, byReason: { ...this.#byReason }, examples: [...this.#examples] };
  }
}
