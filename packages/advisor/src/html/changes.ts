import { subtract, ZERO } from "@farthing/ledger";
import type { Recommendation } from "../portfolio/advice.ts";
import { ARITHMETIC_WORDS, arithmeticRows, comesTo, type ArithmeticRow } from "../report/arithmetic-lines.ts";
import { explainRows } from "../report/explain-text.ts";
import type { Report } from "../report/report.ts";
import { rangeName } from "../report/words.ts";
import { countIn, derivedUsd, rangeIn, shareOf, usdCell, usdIn } from "./amounts.ts";
import { cacheTimeline } from "./cache-timeline.ts";
import { dataTable } from "./data-table.ts";
import { html, type Interpolated, type Markup } from "./markup.ts";
import { typeset } from "./typeset.ts";
import { answersTag } from "./waterfall.ts";

/** What stands on a line of its own above the rest, or in the arithmetic. */
const SHOWN_ELSEWHERE = new Set(["CHANGE", "ON ITS OWN", "SHARE"]);

/** Every change: what to do and where, what it rests on, its arithmetic, its risk, what would cancel it. */
export function changes(report: Report): Markup | null {
  if (report.recommendations.length === 0) return null;
  return html`<section id="changes" aria-labelledby="changes-title">
    <h2 id="changes-title">The changes</h2>
    ${report.recommendations.map((recommendation, index) => change(report, recommendation, index + 1))}
  </section>`;
}

function change(report: Report, recommendation: Recommendation, number: number): Markup {
  const { id, plan, share } = recommendation;
  const timeline =
    plan.aboutCache === true
      ? (report.cacheTimelines.find(({ workload }) => workload === plan.workload) ?? null)
      : null;
  const facts = explainRows(report, recommendation).filter(([heading]) => !SHOWN_ELSEWHERE.has(heading));
  return html`<article id="change-${id}" aria-labelledby="change-${id}-title">
    <header>
      <h3 id="change-${id}-title">
        ${number}. ${plan.workload}: ${typeset(plan.title)}${answersTag(plan.answersUnchanged)}
      </h3>
      <p class="saves">${usdIn(share.expected)} <small>less, ${rangeName(report)} ${rangeIn(share)}</small></p>
    </header>
    <p class="change"><strong>Change</strong>${plan.change}</p>
    <div class="facts">
      <dl>
        ${facts.map(
          ([heading, text]) =>
            html`<dt>${capitalized(heading)}</dt>
              <dd>${typeset(text)}</dd> `,
        )}
        <dt>In full</dt>
        <dd><code>farthing report${report.example ? " --example" : ""} --explain ${id}</code></dd>
      </dl>
      <div>${arithmetic(report, recommendation)}</div>
    </div>
    ${timeline === null || timeline.points.length === 0 ? null : cacheTimeline(timeline, `cache-${id}`)}
  </article>`;
}

/** From what was paid for to the share of the saving, with real figures. */
function arithmetic(report: Report, recommendation: Recommendation): Markup {
  const { plan, alone, share, arithmetic: sums } = recommendation;
  const overlap = subtract(alone.expected, share.expected);
  const total = comesTo(recommendation);
  const paid = ({ quantity, usd }: ArithmeticRow["before"]): Markup =>
    html`${usdCell(usd)}${quantity === null ? null : html`<br /><small>${countIn(quantity)}</small>`}`;
  const saved = (name: Interpolated, usd: Interpolated): Interpolated[] => [name, "", usd];
  return dataTable({
    caption: `The arithmetic: ${plan.workload}, replayed, US dollars and tokens`,
    columns: [
      { heading: "Paid for", kind: "text" },
      { heading: "As it was sent", kind: "number" },
      { heading: "With this change alone", kind: "number" },
    ],
    ordered: true,
    rows: arithmeticRows(recommendation).map(({ item, before, after }) => [
      ARITHMETIC_WORDS[item],
      paid(before),
      paid(after),
    ]),
    foot: [
      ["Together", derivedUsd(total.before), derivedUsd(total.after)],
      ...(sums.elsewhere === ZERO ? [] : [saved("Less in workloads that share its cache", usdCell(sums.elsewhere))]),
      saved(html`Less, on its own <small>${rangeName(report)} ${rangeIn(alone)}</small>`, usdCell(alone.expected)),
      ...(overlap === ZERO ? [] : [saved("Of that, other changes save it already", derivedUsd(overlap))]),
      saved(
        html`<strong>Its share of the joint saving</strong>, ${shareOf(share.expected, report.advice.usd)} of what was
          replayed`,
        html`<strong>${usdCell(share.expected)}</strong>`,
      ),
    ],
  });
}

function capitalized(heading: string): string {
  return heading.charAt(0) + heading.slice(1).toLowerCase();
}
