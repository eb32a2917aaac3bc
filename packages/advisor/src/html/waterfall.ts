import { inexactUsd, money, subtract, type Money } from "@farthing/ledger";
import { scaleLinear } from "d3-scale";
import type { Recommendation } from "../portfolio/advice.ts";
import type { SavingRange } from "../portfolio/saving-range.ts";
import type { Report } from "../report/report.ts";
import { derivedUsd, rangeIn, shareOf, usdCell } from "./amounts.ts";
import { dataTable } from "./data-table.ts";
import { fold } from "./fold.ts";
import { rangeName } from "../report/words.ts";
import { html, type Interpolated, type Markup } from "./markup.ts";
import { percentage } from "./places.ts";
import { typeset } from "./typeset.ts";

const STEPS_MAX = 24;
const BAR = 14;

/**
 * From what the responses cost to what they would have cost, change by change. The shares of the joint saving sum to it,
 * so that each step begins where the one before it ends.
 */
export function waterfall(report: Report, whole: string): Markup {
  const { advice, joint, recommendations } = report;
  const { shown, rest } = fold(recommendations, STEPS_MAX);
  const x = scaleLinear()
    .domain([0, inexactUsd(advice.usd)])
    .range([0, 100]);
  let left = advice.usd;
  const step = (share: SavingRange, color: string): Markup => {
    const before = left;
    left = subtract(left, share.expected);
    return drop({ from: x(inexactUsd(left)), to: x(inexactUsd(before)), color, range: reach(before, share, x) });
  };
  const rows: Interpolated[][] = shown.map(({ plan, share, id }, index) => [
    html`<a href="#change-${id}">${index + 1}. ${plan.workload}: ${typeset(plan.title)}</a
      >${answersTag(plan.answersUnchanged)}${step(share, colorOf(plan.answersUnchanged))}`,
    html`−${usdCell(share.expected)}<br /><small>${rangeIn(share)}</small>`,
    shareOf(share.expected, advice.usd),
  ]);
  if (rest.length > 0) {
    const others = restOf(rest);
    rows.push([
      html`${rest.length} more changes, listed below${step(others, "s-other")}`,
      html`−${derivedUsd(others.expected)}`,
      shareOf(others.expected, advice.usd),
    ]);
  }
  const after = subtract(advice.usd, joint.all.expected);
  return dataTable({
    caption: "From what it cost to what it would have cost, US dollars",
    columns: [
      { heading: "Change", kind: "text" },
      { heading: `USD, ${rangeName(report)}`, kind: "number" },
      { heading: "Share", kind: "number" },
    ],
    ordered: true,
    rows: [
      [
        html`<strong>${whole}</strong>${drop({ from: 0, to: 100, color: "w-total", range: null })}`,
        html`<strong>${usdCell(advice.usd)}</strong>`,
        "100 %",
      ],
      ...rows,
      [
        html`<strong>Would have cost</strong
          >${drop({ from: 0, to: x(inexactUsd(after)), color: "w-total", range: reach(advice.usd, joint.all, x) })}`,
        html`<strong>${derivedUsd(after)}</strong>`,
        shareOf(after, advice.usd),
      ],
    ],
  });
}

/** Marks whether a change leaves answers as they are. */
export function answersTag(isUnchanged: boolean): Markup {
  return isUnchanged
    ? html` <span class="tag unchanged">answers unchanged</span>`
    : html` <span class="tag tested">needs a quality test</span>`;
}

function colorOf(isUnchanged: boolean): string {
  return isUnchanged ? "w-unchanged" : "w-tested";
}

interface Drop {
  /** In percent of the width. */
  readonly from: number;
  readonly to: number;
  readonly color: string;
  /** Where the lower end of the bar may lie. */
  readonly range: readonly [from: number, to: number] | null;
}

function drop({ from, to, color, range }: Drop): Markup {
  const whisker =
    range === null
      ? null
      : html`<line
            class="whisker"
            x1="${percentage(range[0])}"
            x2="${percentage(range[1])}"
            y1="10"
            y2="10"
          />${range.map(
            (end) => html`<line class="whisker" x1="${percentage(end)}" x2="${percentage(end)}" y1="6" y2="14" />`,
          )}`;
  return html`<svg class="drop" width="100%" height="20" aria-hidden="true">
    <line class="track" x1="0" x2="100%" y1="10" y2="10" />
    <rect
      class="${color}"
      x="${percentage(from)}"
      y="3"
      width="${percentage(Math.max(to - from, 0.2))}"
      height="${BAR}"
      rx="1"
    />
    ${whisker}
  </svg>`;
}

function reach(before: Money, { low, high }: SavingRange, x: (value: number) => number): readonly [number, number] {
  const within = (saved: Money): number => Math.max(0, x(inexactUsd(subtract(before, saved))));
  return [within(high), within(low)];
}

/** What several changes come to together; the range is not theirs to add up. */
function restOf(rest: readonly Recommendation[]): SavingRange {
  const expected = money(rest.reduce((sum, { share }) => sum + share.expected, 0n));
  return { low: expected, expected, high: expected };
}
