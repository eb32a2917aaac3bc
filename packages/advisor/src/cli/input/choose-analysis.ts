import type { Instant, Position } from "@farthing/ledger";
import type { Analysis } from "../../report/analysis.ts";
import { OF_THIS_LEDGER, type DatedAnalysis } from "../../report/compose-report.ts";
import type { AnalysisShelf } from "./saved-analysis.ts";

/** Up to this many responses are replayed again whenever something is new: about a second and a half. */
export const REPLAYED_AT_ONCE_MAX = 50_000;

/** Of more responses than this only the newest are replayed: some seconds, and half a gigabyte. */
export const REPLAYED_MAX = 60_000;

export interface AnalysisChoice {
  readonly shelf: AnalysisShelf;
  /** What decides the analysis besides the question; equal states, equal analyses. */
  readonly state: string;
  /** Up to where the ledger was read. */
  readonly position: Position;
  /** Billed responses the question is about. */
  readonly responses: number;
  readonly now: Instant;
  /** Whether to replay whatever is kept. */
  readonly fresh: boolean;
  /** Replays the newest `REPLAYED_MAX` responses. */
  readonly analyse: () => Promise<Analysis>;
  /** Hears that the analysis could not be kept. */
  readonly onUnsaved: (error: unknown) => void;
}

/**
 * The analysis to report: the kept one where nothing has changed since; where something has, a new one if that takes
 * no longer than a person waits, else the kept one with its date.
 */
export async function chooseAnalysis(choice: AnalysisChoice): Promise<DatedAnalysis> {
  const { shelf, state, position, responses, now } = choice;
  const saved = choice.fresh ? null : await shelf.read();
  if (saved?.state === state) return { analysis: saved.analysis, ...OF_THIS_LEDGER };
  if (saved !== null && responses > REPLAYED_AT_ONCE_MAX) {
    const newer = Math.max(0, responses - saved.responses);
    return { analysis: saved.analysis, savedAt: saved.savedAt, position: saved.position, newer };
  }
  const analysis = await choice.analyse();
  try {
    await shelf.write({ analysis, savedAt: now, responses, position, state });
  } catch (error) {
    choice.onUnsaved(error);
  }
  return { analysis, ...OF_THIS_LEDGER };
}
