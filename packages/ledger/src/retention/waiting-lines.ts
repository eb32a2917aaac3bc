import type { ReachedLedger } from "../outbox/reached-ledgers.ts";
import type { SegmentSurvey } from "./survey.ts";

/** Lines of segments that a prune leaves, because a database has not got all of these yet. */
export interface LinesWaiting {
  /** The database, without credentials. */
  readonly to: string;
  /** Whether it was forgotten while some of them were in no database. */
  readonly isForgotten: boolean;
  /** Lines of requests of before the instant, those that are there already among them: whole segments stay. */
  readonly lines: number;
}

/**
 * The shared ledgers that a segment waits for: sums of a later prune are not sent to those that have detail already, and
 * so a segment must not be summed up before they have all of it.
 *
 * One that was forgotten while lines were in no database waits for these as long as they are in none, and for nothing that
 * was recorded later.
 */
export function waitedForBy(
  ledgers: readonly ReachedLedger[],
  { log, segment, bytes, since }: SegmentSurvey,
): readonly ReachedLedger[] {
  const lacking = ledgers.filter(({ reach }) => reach(log.writer, segment) < bytes);
  if (ledgers.some(({ forgotten }) => forgotten === null)) return lacking.filter(({ forgotten }) => forgotten === null);
  return lacking.filter(
    ({ forgotten }) => forgotten !== null && forgotten.waiting > 0 && (since ?? forgotten.at) <= forgotten.at,
  );
}

/** Adds up, by database, what a prune leaves for it. */
export class WaitingLines {
  readonly #ledgers: readonly ReachedLedger[];
  readonly #held = new Set<SegmentSurvey>();
  readonly #lines = new Map<ReachedLedger, number>();

  constructor(ledgers: readonly ReachedLedger[]) {
    this.#ledgers = ledgers;
  }

  /** Whether a segment waits for a database; its lines count from then on. */
  take(survey: SegmentSurvey): boolean {
    const waiting = waitedForBy(this.#ledgers, survey);
    for (const each of waiting) this.#lines.set(each, (this.#lines.get(each) ?? 0) + survey.requestsBefore);
    if (waiting.length > 0) this.#held.add(survey);
    return waiting.length > 0;
  }

  /** Whether it was taken. */
  has(survey: SegmentSurvey): boolean {
    return this.#held.has(survey);
  }

  /** In order of the databases' names. */
  all(): readonly LinesWaiting[] {
    const all = [...this.#lines].flatMap(([{ to, forgotten }, lines]) =>
      to.map((name) => ({ to: name, isForgotten: forgotten !== null, lines })),
    );
    return all.sort((a, b) => (a.to < b.to ? -1 : 1));
  }
}
