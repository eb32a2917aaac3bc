import { createHash } from "node:crypto";
import { formatInstant } from "@farthing/ledger";
import { adviceBasisWords } from "../report/advice-basis-text.ts";
import type { Report } from "../report/report.ts";
import { asOfText, periodWords } from "../report/words.ts";
import { answer, whatWasReplayed } from "./answer.ts";
import { changes } from "./changes.ts";
import { fixed, html, Markup } from "./markup.ts";
import { decided, due, noAdvice, notes } from "./notes.ts";
import { SORT_SCRIPT } from "./sort-script.ts";
import { spendFigures } from "./spend-figures.ts";
import { STYLE } from "./style.ts";
import { waterfall } from "./waterfall.ts";
import { where } from "./where.ts";

/** A part of the page that its contents lead to; null where there is nothing in it. */
interface Section {
  readonly id: string;
  readonly name: string;
  readonly content: Markup | null;
}

/** What stands in the page where no call is recorded and something is known of the bill. */
export interface PageOfBill {
  readonly title: string;
  readonly answer: Markup;
  readonly sections: readonly Section[];
}

/**
 * The report as one HTML file. It reaches for nothing outside itself, and its own policy forbids it to: all that may run
 * is the one script below, known by its hash, and nothing is missing where even that does not run.
 */
export function renderHtml(report: Report, bill: PageOfBill | null = null): string {
  const all: readonly Section[] = bill?.sections ?? [
    { id: "over-time", name: "Over time", content: spendFigures(report) },
    { id: "where", name: "Where it went", content: report.total.responses === 0 ? null : where(report) },
    { id: "less", name: "Before and after", content: beforeAndAfter(report) },
    { id: "changes", name: "Changes", content: changes(report) },
    { id: "decided", name: "Decided", content: decided(report) },
    { id: "due", name: "Due", content: due(report) },
    { id: "no-advice", name: "No advice", content: noAdvice(report) },
    { id: "notes", name: "Notes", content: notes(report) },
  ];
  const sections = all.filter(({ content }) => content !== null);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>Farthing report: ${bill?.title ?? periodWords(report)}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <a class="skip" href="#answer">Skip to the answer</a>
        ${HATCH}
        <div class="wrap">
          <header>
            <p class="eyebrow">
              Farthing report,
              ${report.period.timeZone}${report.example ? html` <span class="example">EXAMPLE DATA: generated services, invented traffic, real prices</span>` : null}
            </p>
            <h1>${headline(report, bill)}</h1>
            ${report.period.asOf === null ? null : html`<p class="quiet">As recorded by ${asOfText(report.period.asOf)}.</p>`}
            ${
              sections.length === 0
                ? null
                : html`<nav aria-label="Sections">
                    <ul>
                      ${sections.map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li>`)}
                    </ul>
                  </nav>`
            }
          </header>
          <main>${bill?.answer ?? answer(report)} ${sections.map(({ content }) => content)}</main>
          <footer>
            <p>
              Made from the ledger as of
              <time datetime="${formatInstant(report.now)}">${formatInstant(report.now)}</time>, with price book
              <code>${report.priceBookHash}</code>. All amounts are US dollars;
              <code>farthing report${report.example ? " --example" : ""} --format json</code> has every figure in full.
            </p>
          </footer>
        </div>
        ${SCRIPT_ELEMENT}
      </body>
    </html> `;
  return page.text;
}

function headline(report: Report, bill: PageOfBill | null): string {
  if (bill !== null) return bill.title.charAt(0).toUpperCase() + bill.title.slice(1).replace(" - ", " – ");
  const what = report.total.claudeCodeOnly ? "What Claude Code used" : "What Claude API calls cost";
  return report.total.responses === 0 ? "No responses" : `${what}, ${periodWords(report).replace(" - ", " – ")}`;
}

function beforeAndAfter(report: Report): Markup | null {
  const basis = adviceBasisWords(report).map((sentence) => html`<p>${sentence}</p>`);
  if (report.recommendations.length === 0) {
    return basis.length === 0
      ? null
      : html`<section id="less" aria-labelledby="less-title">
          <h2 id="less-title">Before and after</h2>
          ${basis}
        </section>`;
  }
  return html`<section id="less" aria-labelledby="less-title">
    <h2 id="less-title">Before and after</h2>
    <p class="quiet">
      All changes replayed together on the recorded requests; each bar is a change's share of the joint saving, the line
      on it its range.
    </p>
    ${basis} ${waterfall(report, `${whatWasReplayed(report)} cost`)}
  </section>`;
}

/** Stripes for what needs a quality test, so that colour is not all that tells it apart. */
const HATCH = fixed`<svg class="unseen" width="0" height="0" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6"/><rect class="hatch-line" width="2.5" height="6"/></pattern></defs></svg>`;

const STYLE_ELEMENT = new Markup(`<style>${STYLE}</style>`);
const SCRIPT_ELEMENT = new Markup(`<script>${SORT_SCRIPT}</script>`);

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

const POLICY = [
  "default-src 'none'",
  `style-src ${hashOf(STYLE)}`,
  `script-src ${hashOf(SORT_SCRIPT)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");
