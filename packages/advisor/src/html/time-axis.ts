import { scaleBand, scaleLinear, type ScaleBand, type ScaleLinear } from "d3-scale";
import { html, type Markup } from "./markup.ts";
import { percentage, place } from "./places.ts";
import { slotWords } from "./slots.ts";

/** About so many lines across a drawing. */
const TICKS = 4;
/** More periods than this are drawn without space between them. */
const SPACED_MAX = 92;
const LABELS_MAX = 5;
/** Values stand in the margin, left of where the drawing begins. */
const LABEL_AT = -8;
/** So near an edge, in percent, a label would be cut. */
const EDGE = 6;

/** Places periods along the width, in percent. */
export function timeScale(slots: readonly string[]): ScaleBand<string> {
  return scaleBand()
    .domain(slots)
    .range([0, 100])
    .paddingInner(slots.length > SPACED_MAX ? 0 : 0.22)
    .paddingOuter(slots.length > SPACED_MAX ? 0 : 0.11);
}

/** Places amounts along the height, in pixels from the top; the ends are round where only one of them is not 0. */
export function amountScale(
  [min, max]: readonly [min: number, max: number],
  top: number,
  bottom: number,
): ScaleLinear<number, number> {
  const scale = scaleLinear()
    .domain([min, max > min ? max : min + 1])
    .range([bottom, top]);
  return min === 0 || max === 0 ? scale.nice(TICKS) : scale;
}

/** Lines across the drawing, each with its value standing on it. */
export function gridLines(scale: ScaleLinear<number, number>, words: (value: number) => string): Markup {
  return html`<g class="grid"
    >${scale.ticks(TICKS).map((value) => {
      const y = place(scale(value));
      const isZero = value === 0;
      return html`<line x1="0" x2="100%" y1="${y}" y2="${y}" ${isZero ? html` class="zero"` : null} /><text
          x="${LABEL_AT}"
          y="${y}"
          dy="4"
          text-anchor="end"
          >${isZero ? "0" : words(value)}</text
        >`;
    })}</g
  >`;
}

/** Amounts along the height, with cents where there are amounts of less than a dollar. */
export function usdTicks(scale: ScaleLinear<number, number>): (value: number) => string {
  const [first = 0, second = 0] = scale.ticks(TICKS);
  const step = second - first;
  const words = scale.tickFormat(TICKS, step >= 1 ? ",.0f" : step >= CENT ? ",.2f" : "f");
  return (value) => `$${words(value)}`;
}

/** Tokens along the height, in thousands, millions and billions; those below the zero line count as well. */
export function tokenTicks(scale: ScaleLinear<number, number>): (value: number) => string {
  const words = scale.tickFormat(TICKS, "~s");
  // Tokens are counted, and not measured in units that have such prefixes.
  return (value) => words(Math.abs(value)).replace("G", "B");
}

const CENT = 0.01;

/** A few periods named below the drawing, fewer on a narrow page. */
export function timeLabels(slots: readonly string[], scale: ScaleBand<string>, y: number): Markup {
  const count = Math.min(LABELS_MAX, slots.length);
  const indices = Array.from({ length: count }, (_, label) =>
    count === 1 ? 0 : Math.round((label * (slots.length - 1)) / (count - 1)),
  );
  return html`<g class="axis"
    >${indices.map((index, label) => {
      const slot = slots[index] ?? "";
      const x = (scale(slot) ?? 0) + scale.bandwidth() / 2;
      const anchor = count > 1 && x < EDGE ? "start" : count > 1 && x > 100 - EDGE ? "end" : "middle";
      const at = anchor === "start" ? 0 : anchor === "end" ? 100 : x;
      const isMinor = label % 2 === 1 && label < count - 1;
      return html`<text x="${percentage(at)}" y="${y}" text-anchor="${anchor}" ${isMinor ? html` class="minor"` : null}
        >${slotWords(slot, false)}</text
      >`;
    })}</g
  >`;
}
