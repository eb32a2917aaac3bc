import { displayUsd, ZERO } from "@farthing/ledger";
import type { Report } from "../report/report.ts";
import type { SpendOverTime } from "../report/spend-over-time.ts";
import { countWords, ITEM_WORDS } from "../report/words.ts";
import { html, type Markup } from "./markup.ts";
import { ITEM_LOOKS, workloadColor } from "./palette.ts";
import { slotWords } from "./slots.ts";
import { stackedSpend, type Layer } from "./stacked-spend.ts";
import { shortName } from "./typeset.ts";

/** Spend over time, by kind of token and by workload. Null where nothing was priced, or days were not asked for. */
export function spendFigures({ spendOverTime, where }: Report): Markup | null {
  if (spendOverTime === null || spendOverTime.points.length === 0) return null;
  const overTime = spendOverTime;
  const used = new Set(where.byItem.map(({ item }) => item));
  const items: Layer[] = ITEM_LOOKS.filter(({ item }) => used.has(item)).map(({ item, color }) => ({
    name: ITEM_WORDS[item],
    color,
    usdAt: (point) => point.items.find((part) => part.item === item)?.usd ?? ZERO,
  }));
  const peak = description(overTime);
  return html`<section id="over-time" aria-labelledby="over-time-title">
    <h2 id="over-time-title">Spend over time</h2>
    <div class="pair">
      ${stackedSpend(overTime, {
        id: "spend-by-item",
        by: "By kind of token",
        description: `${peak} Largest kind of token: ${where.byItem[0] === undefined ? "none" : ITEM_WORDS[where.byItem[0].item]}.`,
        layers: items,
      })}
      ${stackedSpend(overTime, {
        id: "spend-by-workload",
        by: "By workload",
        description: `${peak} Largest workload: ${where.byWorkload[0]?.name ?? "none"}.`,
        layers: workloadLayers(overTime),
      })}
    </div>
  </section>`;
}

function workloadLayers({ points, otherWorkloads }: SpendOverTime): readonly Layer[] {
  const names = points[0]?.workloads.map(({ name }) => name) ?? [];
  const told: Layer[] = names.map((name, place) => ({
    name: shortName(name),
    color: workloadColor(place),
    usdAt: (point) => point.workloads[place]?.usd ?? ZERO,
  }));
  if (otherWorkloads === 0) return told;
  const name = `other (${countWords(otherWorkloads, "workload")})`;
  return [...told, { name, color: "s-other", usdAt: (point) => point.otherWorkloads }];
}

function description({ points, step }: SpendOverTime): string {
  const [first, last] = [points[0], points.at(-1)];
  const dearest = points.reduce((best, point) => (point.usd > best.usd ? point : best), points[0] ?? NO_POINT);
  return (
    `Stacked bars of ${countWords(points.length, step)} with priced use, ${slotWords(first?.at ?? "", true)} to ` +
    `${slotWords(last?.at ?? "", true)}. Dearest: ${slotWords(dearest.at, true)} with ${displayUsd(dearest.usd)}.`
  );
}

const NO_POINT = { at: "", usd: ZERO };
