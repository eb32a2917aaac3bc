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
  | "invalid-event"
  /** The file is in a form that this import does not read. */
  | "unknown-format"
  /** A record of something else than a call of a model. */
  | "not-a-call"
  /** A call of another model than Claude, or of Claude where somebody else sells it. */
  | "other-provider"
  /** Answered from a cache of the gateway's own; nothing was billed. */
  | "gateway-cache"
  /** Its usage is that of calls which the same file tells one by one. */
  | "sum-of-others";

/** A reason, with what it is about. */
export interface Reasoned<Reason extends string> {
  readonly reason: Reason;
  /** The field at fault, such as `usage.input_tokens`; null where no single one is. */
  readonly field: string | null;
  readonly why: string;
}

/** Why something was skipped. */
export type Skip = Reasoned<SkipReason>;

/** Where a line stands. */
export interface LinePlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

export interface SkippedLine extends Skip, LinePlace {}

/** Everything that something was said of: counted exactly, shown by a few examples of each reason. */
export interface ReasonedLines<Reason extends string> {
  readonly total: number;
  readonly byReason: Readonly<Partial<Record<Reason, number>>>;
  readonly examples: readonly (Reasoned<Reason> & LinePlace)[];
}

/** Everything that was skipped. */
export type Skips = ReasonedLines<SkipReason>;

const EXAMPLES_PER_REASON = 10;
const WHY_CHARACTERS_MAX = 200;

/** Counts what has a reason, in memory that does not grow with it. */
export class ReasonLog<Reason extends string> {
  readonly #byReason = new Map<Reason, number>();
  readonly #examples: (Reasoned<Reason> & LinePlace)[] = [];
  #total = 0;

  add(reasoned: Reasoned<Reason>, place: LinePlace): void {
    const count = (this.#byReason.get(reasoned.reason) ?? 0) + 1;
    this.#byReason.set(reasoned.reason, count);
    this.#total += 1;
    if (count > EXAMPLES_PER_REASON) return;
    const why = reasoned.why.slice(0, WHY_CHARACTERS_MAX);
    this.#examples.push({ file: place.file, line: place.line, ...reasoned, why });
  }

  report(): ReasonedLines<Reason> {
    const byReason: Partial<Record<Reason, number>> = {};
    for (const [reason, count] of this.#byReason) byReason[reason] = count;
    return { total: this.#total, byReason, examples: [...this.#examples] };
  }
}

/** Counts what is skipped. */
export class SkipLog extends ReasonLog<SkipReason> {}
