import type { Instant } from "@farthing/ledger";
import { eventOfDecision } from "../../follow-up/decision-events.ts";
import type { Decision, Said } from "../../follow-up/decision.ts";
import type { Recommendation } from "../../portfolio/advice.ts";
import { findRecommendation } from "../../report/explain-text.ts";
import type { Report } from "../../report/report.ts";
import { UsageError } from "../command-errors.ts";
import type { ExitCode } from "../exit-codes.ts";
import { ledgerToWrite } from "../flags/locate-ledger.ts";
import { openToWrite } from "../input/open-to-write.ts";
import { askSelected } from "../flags/selection.ts";
import { readDecisions } from "../input/read-decisions.ts";
import { wholeReport } from "../input/whole-report.ts";
import type { CommandIo } from "../io.ts";
import { decidedToJson, renderDecisions, type Decided } from "../output/render-decisions.ts";
import { columnsOf, writeJson, writeLines } from "../output/output.ts";
import type { AdviceFlags, DismissFlags } from "./advice-flags.ts";

/** `farthing advice accept ID...`. */
export function acceptAdvice(io: CommandIo, names: readonly string[], flags: AdviceFlags): Promise<ExitCode> {
  return decide(io, names, flags, (advice, at, said) => ({ kind: "accepted", advice, at, said }));
}

/** `farthing advice dismiss ID... --reason TEXT`. */
export function dismissAdvice(io: CommandIo, names: readonly string[], flags: DismissFlags): Promise<ExitCode> {
  const reason = flags.reason.trim();
  if (reason === "") throw new UsageError("--reason: say why, for whoever asks later");
  return decide(io, names, flags, (advice, at, said) => ({ kind: "dismissed", advice, at, said, reason, after: null }));
}

type Make = (advice: string, at: Instant, said: Said) => Decision;

/** Decides on advice as a report over the whole ledger gives it. All of it is recorded, or nothing. */
async function decide(io: CommandIo, names: readonly string[], flags: AdviceFlags, make: Make): Promise<ExitCode> {
  const path = ledgerToWrite(flags.ledger, io);
  const { answer, exitCode } = await askSelected(io, { ...flags, ledger: [path], where: [] }, async (selection) => {
    const decisions = await readDecisions(io, selection.contents.view.others);
    const report = await wholeReport(selection, decisions);
    const ids = [...new Set(names.map((name) => idOf(name, report, decisions)))];
    // What is dismissed is not in the report: it is looked at as it is without that.
    const quiet = ids.filter(
      (id) => findRecommendation(report, id) === null && decisions.get(id)?.kind === "dismissed",
    );
    const spoken = new Map([...decisions].filter(([id]) => !quiet.includes(id)));
    const heard = quiet.length === 0 ? report : await wholeReport(selection, spoken);
    return ids.map((id): Decided => {
      // Made in view of the one before it, it is later, whatever the clocks say.
      const at = Math.max(selection.now, (decisions.get(id)?.at ?? -Infinity) + 1);
      const decision = make(id, at, saidOf(id, heard, decisions));
      return { decision, before: unchanged(decision, report, decisions) };
    });
  });
  const made = answer.filter(({ before }) => before === null);
  if (made.length > 0) {
    await using ledger = await openToWrite(path, io);
    await ledger.append(made.map(({ decision }) => eventOfDecision(decision)));
  }
  if (flags.format === "json") writeJson(io.stdout, { ledger: path, ...decidedToJson(answer) });
  else writeLines(io.stdout, renderDecisions(answer, columnsOf(io)));
  return exitCode;
}

/** The decision that a new one would only repeat; null where it says something new. */
function unchanged(
  { kind, advice }: Decision,
  report: Report,
  decisions: ReadonlyMap<string, Decision>,
): Decision | null {
  const before = decisions.get(advice);
  const isBack = (findRecommendation(report, advice)?.returned ?? null) !== null;
  return before?.kind === kind && !isBack ? before : null;
}

function idOf(name: string, report: Report, decisions: ReadonlyMap<string, Decision>): string {
  const found = findRecommendation(report, name)?.id ?? (decisions.has(name) ? name : null);
  if (found !== null) return found;
  throw new UsageError(
    `there is no advice "${name}"; give a number or an id, as \`farthing advice list\` shows it. Nothing was recorded`,
  );
}

function saidOf(id: string, report: Report, decisions: ReadonlyMap<string, Decision>): Said {
  const recommendation = report.recommendations.find((each) => each.id === id);
  const before = decisions.get(id)?.said;
  if (recommendation !== undefined) return saidBy(recommendation, report);
  if (before === undefined) throw new UsageError(`there is no advice "${id}" any more. Nothing was recorded`);
  return before;
}

function saidBy({ plan, alone, share, before }: Recommendation, { advice }: Report): Said {
  const { strategy, workload, subject, target = "", title, change } = plan;
  return {
    strategy,
    workload,
    subject,
    target,
    title,
    change,
    saving: alone,
    share: share.expected,
    days: advice.days,
    before,
  };
}
