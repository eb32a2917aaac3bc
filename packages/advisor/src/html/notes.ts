import { formatInstant } from "@farthing/ledger";
import { materiality } from "../thresholds.ts";
import { abstentionLines } from "../report/abstentions-text.ts";
import { followUpSentences } from "../report/follow-up-words.ts";
import { recordedSentences } from "../report/recorded-text.ts";
import { dueWords, quietWorkloads } from "../report/render-text.ts";
import type { Report } from "../report/report.ts";
import { dayWords, usdWords } from "../report/words.ts";
import { dataTable } from "./data-table.ts";
import { fold } from "./fold.ts";
import { html, type Markup } from "./markup.ts";
import { typeset } from "./typeset.ts";

const LINES_MAX = 60;
const NAMES_MAX = 8;
/** More text than this in one place was not written to be read. */
const TEXT_MAX = 2_000;

/** Where there is no advice, and why. */
export function noAdvice(report: Report): Markup | null {
  const flat = report.abstained.filter(({ reason }) => reason !== "flat-plan");
  const quiet = quietWorkloads(report);
  const lines = abstentionLines(flat, report, true);
  const all = [
    ...lines,
    ...(quiet.length === 0
      ? []
      : [{ about: quiet, reason: `nothing worth ${usdWords(materiality(report.advice.usd))} found` }]),
  ];
  if (all.length === 0) return null;
  const { shown, rest } = fold(all, LINES_MAX);
  return html`<section id="no-advice" aria-labelledby="no-advice-title">
    <h2 id="no-advice-title">No advice</h2>
    <p class="quiet">What was looked at, and is not recommended.</p>
    ${dataTable({
      caption: "Where there is no advice, and why",
      captionHidden: true,
      columns: [
        { heading: "About", kind: "text" },
        { heading: "Why", kind: "text" },
      ],
      rows: shown.map(({ about, reason }) => [names(about), typeset(cut(reason))]),
      foot: rest.length === 0 ? [] : [[`and ${String(rest.length)} more`, "--format json has them all"]],
    })}
  </section>`;
}

/** Dates by which something must be done. */
export function due(report: Report): Markup | null {
  if (report.due.length === 0) return null;
  const { timeZone } = report.period;
  const { shown, rest } = fold(report.due, LINES_MAX);
  return html`<section id="due" aria-labelledby="due-title">
    <h2 id="due-title">Due</h2>
    <ul class="plain">
      ${shown.map((entry) => {
        const words = dueWords(
          entry.kind === "model-retires" ? { ...entry, workloads: [names(entry.workloads)] } : entry,
          report,
        );
        return html`<li>
          <strong><time datetime="${formatInstant(entry.at)}">${dayWords(entry.at, timeZone, true)}</time></strong
          >: ${words}
        </li> `;
      })}${rest.length === 0 ? null : html`<li>and ${rest.length} more: --format json</li>`}
    </ul>
  </section>`;
}

/** What became of advice that was decided on. */
export function decided(report: Report): Markup | null {
  return sentences("decided", "Decided", followUpSentences(report.followUp, [], report.period.timeZone));
}

/** What else a reader must know: when services were recorded, and what was seen. */
export function notes(report: Report): Markup | null {
  return sentences("notes", "Notes", [...recordedSentences(report), ...report.findings.map(({ text }) => text)]);
}

function sentences(id: string, title: string, all: readonly string[]): Markup | null {
  if (all.length === 0) return null;
  const { shown, rest } = fold(all, LINES_MAX);
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    <ul class="plain">
      ${shown.map(
        (text) => html`<li>${typeset(cut(text))}.</li> `,
      )}${rest.length === 0 ? null : html`<li>and ${rest.length} more: --format json</li>`}
    </ul>
  </section>`;
}

function names(all: readonly string[]): string {
  const { shown, rest } = fold(all, NAMES_MAX);
  return rest.length === 0 ? shown.join(", ") : `${shown.join(", ")} and ${String(rest.length)} more`;
}

function cut(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`;
}
