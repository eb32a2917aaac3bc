import { displayUsd, inexactUsd, type Money } from "@farthing/ledger";
import { area, curveStepAfter, stack, type SeriesPoint } from "d3-shape";
import { slotsBetween, slotWords, stepWords } from "./slots.ts";
import type { SpendOverTime, SpendPoint } from "../report/spend-over-time.ts";
import { usdCell } from "./amounts.ts";
import { dataTable } from "./data-table.ts";
import { figure, legendOf } from "./figure.ts";
import { html, type Markup } from "./markup.ts";
import { percentage, place } from "./places.ts";
import { amountScale, gridLines, timeLabels, timeScale, usdTicks } from "./time-axis.ts";

/** One layer of a stack. */
export interface Layer {
  readonly name: string;
  /** Class of its colour. */
  readonly color: string;
  readonly usdAt: (point: SpendPoint) => Money;
}

export interface StackedSpend {
  readonly id: string;
  /** What it tells apart, such as `By workload`. */
  readonly by: string;
  readonly description: string;
  /** From the bottom up. */
  readonly layers: readonly Layer[];
}

const HEIGHT = 280;
const TOP = 18;
const BOTTOM = 252;
const LABELS_AT = 272;
/** Up to so many periods are bars; more become areas, which take less to draw. */
const BARS_MAX = 92;

/** Spend over time, its parts on top of one another. */
export function stackedSpend(overTime: SpendOverTime, { id, by, description, layers }: StackedSpend): Markup {
  const { points, step } = overTime;
  const byPeriod = new Map(points.map((point) => [point.at, point]));
  const shown = slotsBetween([...byPeriod.keys()], step);
  const { slots } = shown;
  const title = `${by}, US dollars per ${stepWords(step, shown)}`;
  const x = timeScale(slots);
  const largest = points.reduce((max, { usd }) => Math.max(max, inexactUsd(usd)), 0);
  const y = amountScale([0, largest], TOP, BOTTOM);
  const stacked = stack<unknown, string, string>()
    .keys(layers.map((_, index) => String(index)))
    .value((slot, key) => {
      const point = byPeriod.get(slot);
      return point === undefined ? 0 : inexactUsd(layers[Number(key)]?.usdAt(point) ?? point.usd);
    })([...slots]);
  const top = (point: SeriesPoint<string>): number => y(point[1]);
  const height = (point: SeriesPoint<string>): number => y(point[0]) - y(point[1]);
  const bars = (): Markup[] =>
    slots.map((slot, index) => {
      const parts = stacked.map((series, layer) => ({ point: series[index], color: layers[layer]?.color ?? "" }));
      const rects = parts.flatMap(({ point, color }) =>
        point === undefined || height(point) === 0
          ? []
          : html`<rect
              class="${color}"
              x="${percentage(x(slot) ?? 0)}"
              y="${place(top(point))}"
              width="${percentage(x.bandwidth())}"
              height="${place(height(point))}"
            />`,
      );
      return html`<g><title>${tooltip(slot, byPeriod.get(slot), layers)}</title>${rects}</g>`;
    });
  const areas = (): Markup => {
    const path = area<SeriesPoint<string>>()
      .x((_, index) => index)
      .y0((point) => Number(place(y(point[0]))))
      .y1((point) => Number(place(y(point[1]))))
      .curve(curveStepAfter);
    return html`<svg
      x="0"
      y="0"
      width="100%"
      height="${HEIGHT}"
      viewBox="0 0 ${slots.length} ${HEIGHT}"
      preserveAspectRatio="none"
    >
      ${stacked.map((series, index) => {
        // The last step ends where a period after it would begin.
        const last = series.at(-1);
        const closed = last === undefined ? series : [...series, last];
        return html`<path class="${layers[index]?.color ?? ""}" d="${path(closed) ?? ""}" />`;
      })}
    </svg>`;
  };
  return figure({
    id,
    title,
    description,
    height: HEIGHT,
    drawing: [gridLines(y, usdTicks(y)), slots.length > BARS_MAX ? areas() : bars(), timeLabels(slots, x, LABELS_AT)],
    legend: legendOf(layers.toReversed()),
    table: tableOf(overTime, title, layers),
    tableOf: `Figures by ${step}`,
  });
}

function tableOf({ points, step }: SpendOverTime, title: string, layers: readonly Layer[]): Markup {
  return dataTable({
    caption: title,
    captionHidden: true,
    columns: [
      { heading: step === "day" ? "Day" : "Month", kind: "text" },
      { heading: "All, USD", kind: "number" },
      ...layers.map(({ name }) => ({ heading: `${name}, USD`, kind: "number" as const })),
    ],
    rows: points.map((point) => [
      html`<time datetime="${point.at}">${slotWords(point.at, true)}</time>`,
      usdCell(point.usd),
      ...layers.map(({ usdAt }) => usdCell(usdAt(point))),
    ]),
  });
}

function tooltip(slot: string, point: SpendPoint | undefined, layers: readonly Layer[]): string {
  if (point === undefined) return `${slotWords(slot, true)}: nothing with a price`;
  const parts = layers.toReversed().flatMap(({ name, usdAt }) => {
    const usd = usdAt(point);
    return usd === 0n ? [] : `${name} ${displayUsd(usd)}`;
  });
  return [`${slotWords(slot, true)}: ${displayUsd(point.usd)}`, ...parts].join("; ");
}
