import type { Decision } from "../../follow-up/decision.ts";
import type { Report } from "../../report/report.ts";
import { askSelected, type Answered, type Selection, type FilterFlags } from "../flags/selection.ts";
import type { CommandIo } from "../io.ts";
import { readDecisions } from "./read-decisions.ts";
import { reportOnLedgers } from "./report-on-ledgers.ts";

/** The report that advice is named after: of whole ledgers, with whatever may be proposed. */
export function askWholeReport(io: CommandIo, flags: Omit<FilterFlags, "where">): Promise<Answered<Report>> {
  return askSelected(io, { ...flags, where: [] }, async (selection) =>
    wholeReport(selection, await readDecisions(io, selection.contents.view.others)),
  );
}

/**
 * The same in view of given decisions.
 *
 * @param earlier As in `AnalysisOptions`.
 */
export async function wholeReport(
  selection: Selection,
  decisions: ReadonlyMap<string, Decision>,
  earlier: Selection | null = null,
): Promise<Report> {
  const build = await reportOnLedgers(selection, {
    fresh: false,
    everySession: false,
    overTime: false,
    limits: null,
    decisions,
    earlier,
    sharing: null,
    onUnsaved: () => undefined,
  });
  return build(null);
}
