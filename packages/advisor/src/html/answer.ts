import { ratio, type Money } from "@farthing/ledger";
import type { SavingRange } from "../portfolio/saving-range.ts";
import { restsOnAll } from "../report/advice-basis-text.ts";
import type { Report } from "../report/report.ts";
import { lookedAt, nothingFound } from "../report/savings-text.ts";
import { percent } from "../report/text-layout.ts";
import { caveats, totalParts } from "../report/total-words.ts";
import { countWords, rangeName } from "../report/words.ts";
import { derivedUsd, rangeIn, usdCell, usdIn } from "./amounts.ts";
import { fold } from "./fold.ts";
import { html, type Markup } from "./markup.ts";
import { percentage } from "./places.ts";

/** Of a period of so many days a figure for as many would be the same. */
const MONTH_DAYS = 30;
const CAVEATS_MAX = 8;

/** The answer: what it came to, and by how much less it could have. */
export function answer(report: Report): Markup {
  const { word, usd, at } = totalParts(report);
  const { shown, rest } = fold(caveats(report), CAVEATS_MAX);
  return html`<section id="answer" aria-labelledby="answer-title">
    <h2 id="answer-title" class="unseen">The answer</h2>
    <div class="answer">
      <div>
        <h3 class="quiet">${sentenceCase(word)}${word === "AT LEAST" ? "," : null}${at}</h3>
        <p class="big">${usd === null ? "unpriced" : usdCell(usd)}</p>
        <p class="quiet">${countsOf(report).join(", ")}</p>
        ${
          shown.length === 0
            ? null
            : html`<ul class="warnings">
                ${shown.map((caveat) => html`<li>${caveat}</li>`)}${rest.length === 0 ? null : html`<li>and <a href="#notes">${rest.length} more</a></li>`}
              </ul>`
        }
      </div>
      ${report.total.responses === 0 ? html`<div><p>${nothingRecorded(report)}</p></div>` : savings(report)}
    </div>
  </section>`;
}

/** What the savings are savings of, as the report's text has it: `These 30 days`. */
export function whatWasReplayed(report: Report): string {
  return sentenceCase(lookedAt(report));
}

function savings(report: Report): Markup {
  const { joint, advice, recommendations } = report;
  const what = whatWasReplayed(report);
  if (recommendations.length === 0) {
    return html`<div>
      <h3 class="quiet">${what}</h3>
      <p>${sentenceCase(nothingFound(report))}.</p>
    </div>`;
  }
  const range = rangeName(report);
  const share = percent(ratio(joint.all.expected, advice.usd));
  const row = (name: string, color: string, saving: SavingRange, isUnchanged: boolean): Markup | null => {
    const count = recommendations.filter(({ plan }) => plan.answersUnchanged === isUnchanged).length;
    return count === 0
      ? null
      : html`<tr>
          <th scope="row">
            <svg class="key" width="12" height="12" aria-hidden="true">
              <rect class="${color}" width="12" height="12" rx="2" />
            </svg>
            ${name} <small>${countWords(count, "change")}</small>
          </th>
          <td class="number"><strong>${usdIn(saving.expected)}</strong></td>
          <td class="number">${rangeIn(saving)}</td>
        </tr>`;
  };
  return html`<div>
    <h3 class="quiet">${what} would have cost less by</h3>
    <p class="big">${usdIn(joint.all.expected)}</p>
    <p class="quiet">
      ${range} ${rangeIn(joint.all)}: ${share} of ${restsOnAll(report) ? "the total" : "their cost"}, all changes
      replayed together
    </p>
    ${partsBar(advice.usd, joint)}
    <table class="split">
      <caption class="unseen">
        What would have cost less, by whether answers stay unchanged, US dollars
      </caption>
      <thead class="unseen">
        <tr>
          <th scope="col">Answers</th>
          <th scope="col">USD less</th>
          <th scope="col">${range}, USD</th>
        </tr>
      </thead>
      <tbody>
        ${row("answers unchanged", "w-unchanged", joint.answersUnchanged, true)}${row("after a quality test", "w-tested", joint.needsQualityTest, false)}
      </tbody>
    </table>
    ${
      joint.perMonth === null || report.period.calendarDays === MONTH_DAYS
        ? null
        : html`<p class="note">
            A month like the last 30 days: ${usdIn(joint.perMonth.expected)}, ${range} ${rangeIn(joint.perMonth)}.
          </p>`
    }
    ${
      joint.claimedOneByOne > joint.all.expected
        ? html`<p class="note">
            One by one the changes would claim ${derivedUsd(joint.claimedOneByOne)}: they overlap, so never add them.
          </p>`
        : null
    }
  </div>`;
}

/** The cost as one bar: what would have been left of it, and what would not. */
function partsBar(whole: Money, { answersUnchanged, needsQualityTest }: Report["joint"]): Markup {
  const share = (amount: Money): number => 100 * ratio(amount, whole);
  const unchanged = share(answersUnchanged.expected);
  const tested = share(needsQualityTest.expected);
  const left = Math.max(0, 100 - unchanged - tested);
  const part = (color: string, x: number, width: number): Markup =>
    html`<rect class="${color}" x="${percentage(x)}" width="${percentage(width)}" height="18" />`;
  return html`<svg class="whole" width="100%" height="18" aria-hidden="true">
    ${part("w-total", 0, left)}${part("w-unchanged", left, unchanged)}${part("w-tested", left + unchanged, tested)}
  </svg>`;
}

function countsOf({ total, period }: Report): readonly string[] {
  return [
    countWords(total.responses, "response"),
    total.services > 0 ? countWords(total.services, "service") : null,
    total.sessions !== null && total.sessions > 0 && total.services === 0
      ? countWords(total.sessions, "session")
      : null,
    total.projects > 0 ? countWords(total.projects, "project") : null,
    countWords(period.daysWithUse, "day") + " with use",
  ].filter((part) => part !== null);
}

function nothingRecorded({ coverage }: Report): string {
  return coverage.recorded === 0
    ? "Nothing is recorded yet: farthing import claude-code, or farthing import events FILE."
    : `None of the ${countWords(coverage.recorded, "recorded response")} matches the period and the filters given.`;
}

/** Capitals are for terminals, which have no other emphasis. */
function sentenceCase(words: string): string {
  const lower = words.toLowerCase();
  return lower.charAt(0).toUpperCase() + lower.slice(1);
}
