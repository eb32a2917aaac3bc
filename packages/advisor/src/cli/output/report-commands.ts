import type { ReportCommands } from "../../report/report-json.ts";
import { UNNAMED_WORKLOAD } from "../../trace/trace.ts";
import { commandLine, isArgument } from "./command-line.ts";

/** What a report was asked, as flags. */
export interface AskedReport {
  /** Which responses, as of when and at which prices. */
  readonly question: readonly string[];
  /** Which of the advice. */
  readonly advice: readonly string[];
  /** Whether it is of the example, of which there is nothing but a report. */
  readonly isExample: boolean;
}

const JSON_FORMAT = ["--format", "json"];

export function reportCommands({ question, advice, isExample }: AskedReport): ReportCommands {
  const report = ["report", ...(isExample ? ["--example"] : []), ...question, ...advice];
  return {
    whole: commandLine([...report, ...JSON_FORMAT]),
    explain: (id) => commandLine([...report, "--explain", id, ...JSON_FORMAT]),
    spend: (key, name) => {
      // What has no name is asked for otherwise than what is called so.
      if (isExample || name === "" || name === UNNAMED_WORKLOAD || !isArgument(name)) return null;
      return commandLine(["spend", ...question, "--where", `${key}=${name}`, ...JSON_FORMAT]);
    },
  };
}
