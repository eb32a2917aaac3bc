import { analyse } from "../../report/analysis.ts";
import { readAccount, type ReportInput } from "../../report/build-report.ts";
import type { FilterFlags } from "../flags/selection.ts";
import type { AnalysisOptions, BuildReport } from "./report-on-ledgers.ts";

/**
 * Reports on the bundled example.
 *
 * @param flags What the input was made from.
 */
export function reportOnExample(
  input: Omit<ReportInput, "only">,
  flags: FilterFlags,
  { limits, overTime, sharing }: Pick<AnalysisOptions, "limits" | "overTime" | "sharing">,
): BuildReport {
  return async (only) => {
    const { subject, report } = readAccount({ ...input, only, limits, overTime });
    if (sharing === null) return report(analyse(subject.trace, subject.from, subject.context));
    const { analyseInShares } = await import("./analyse-in-shares.ts");
    return report(await analyseInShares(async () => subject, { kind: "example", flags, only, limits }, sharing));
  };
}
