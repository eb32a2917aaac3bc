import { ratio } from "@farthing/ledger";
import { adviceBasisWords } from "./advice-basis-text.ts";
import { abstentionLines } from "./abstentions-text.ts";
import { plain, table } from "./markdown-table.ts";
import { followUpSentences } from "./follow-up-words.ts";
import { nameWords, outcomeNotes, successWords } from "./outcomes-text.ts";
import { recordedSentences } from "./recorded-text.ts";
import type { Report } from "./report.ts";
import { percent } from "./text-layout.ts";
import { caveats, totalWords } from "./total-words.ts";
import {
  asOfText,
  countWords,
  dayWords,
  expiringWords,
  grouped,
  ITEM_WORDS,
  periodWords,
  rangeWords,
  usdWords,
} from "./words.ts";

/** The report as Markdown, for an issue or a wiki. */
export function renderMarkdown(report: Report): string {
  const { total, joint } = report;
  const parts = [
    `# What Claude API calls cost: ${periodWords(report)}`,
    ...(report.period.asOf === null ? [] : [plain(`As recorded by ${asOfText(report.period.asOf)}.`)]),
    ...(report.example ? ["**EXAMPLE DATA**: generated services, invented traffic, real prices."] : []),
    `**${totalWords(report)}**, ${countWords(total.responses, "response")}, ` +
      `${countWords(report.period.daysWithUse, "day")} with use, ${report.period.timeZone}.`,
    ...caveats(report).map(plain),
    ...section("Recorded", recordedSentences(report)),
    "## Where it went",
    table(
      ["", "USD", "share"],
      [
        ...report.where.byItem.map(({ item, usd }) => [
          ITEM_WORDS[item],
          usdWords(usd),
          percent(ratio(usd, total.usd)),
        ]),
        ...report.where.byWorkload.map(({ name, usd }) => [name, usdWords(usd), percent(ratio(usd, total.usd))]),
      ],
    ),
    ...outcomes(report),
    "## What would have cost less",
    ...adviceBasisWords(report).map(plain),
    report.recommendations.length === 0
      ? "No change was found that is worth a line."
      : `Replayed together: **${usdWords(joint.all.expected)}** (80 % range ${rangeWords(joint.all)}); of that ` +
        `${usdWords(joint.answersUnchanged.expected)} with answers unchanged. The shares below sum to it; what each ` +
        "change would claim alone must not be added.",
    ...(report.recommendations.length === 0
      ? []
      : [
          table(
            ["#", "workload", "change", "share", "80 % range", "answers", "what to do"],
            report.recommendations.map(({ plan, share }, index) => [
              String(index + 1),
              plan.workload,
              plan.title,
              usdWords(share.expected),
              rangeWords(share),
              plan.answersUnchanged ? "unchanged" : "need a quality test",
              plan.change,
            ]),
          ),
        ]),
    ...section("Decided", followUpSentences(report.followUp, [], report.period.timeZone)),
    ...section(
      "Due",
      report.due.map(
        (entry) =>
          `${dayWords(entry.at, report.period.timeZone, true)}: ` +
          `${entry.kind === "model-retires" ? `${entry.model} stops (${entry.workloads.join(", ")})` : expiringWords(entry)}.`,
      ),
    ),
    ...section(
      "No advice",
      abstentionLines(report.abstained, report, true).map(({ about, reason }) => `${about.join(", ")}: ${reason}.`),
    ),
    ...section(
      "Notes",
      report.findings.map((finding) => `${finding.text}.`),
    ),
    `Price book ${report.priceBookHash}.`,
  ];
  return `${parts.join("\n\n")}\n`;
}

function outcomes(report: Report): readonly string[] {
  const rows = report.outcomes?.rows ?? [];
  if (rows.length === 0) return [];
  return [
    "## What a success cost",
    "By the model that was asked first; retries, escalations and failed tasks are included.",
    table(
      ["model, workload", "a success", "tasks", "succeeded", "USD"],
      rows.map((row) => [
        nameWords(row),
        successWords(row),
        grouped(row.tasks),
        grouped(row.succeeded),
        usdWords(row.usd),
      ]),
    ),
    ...outcomeNotes(report).map((note) => plain(`${note}.`)),
  ];
}

function section(title: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [`## ${title}`, items.map((item) => `- ${plain(item)}`).join("\n")];
}
