import { symbol, symbolTriangle } from "d3-shape";
import type { CachePoint, CacheTimeline } from "../report/cache-timelines.ts";
import { countWords, grouped } from "../report/words.ts";
import { countIn } from "./amounts.ts";
import { dataTable } from "./data-table.ts";
import { figure, legendOf } from "./figure.ts";
import { html, type Markup } from "./markup.ts";
import { percentage, place } from "./places.ts";
import { slotsBetween, slotWords, stepWords } from "./slots.ts";
import { amountScale, gridLines, timeLabels, timeScale, tokenTicks } from "./time-axis.ts";

const HEIGHT = 260;
const TOP = 18;
const BOTTOM = 214;
const EXPIRIES_AT = 229;
const LABELS_AT = 252;
const MARK_SIZE = 34;

/** What is above the line is cheap, what is below it was paid in full or dearer. */
const LAYERS = [
  { name: "read from the cache", color: "k-read", isAbove: true, tokensOf: ({ read }: CachePoint): number => read },
  {
    name: "written",
    color: "k-write1h",
    isAbove: false,
    tokensOf: ({ written, writtenAgain }: CachePoint): number => written - writtenAgain,
  },
  {
    name: "written again after it expired",
    color: "k-again",
    isAbove: false,
    tokensOf: ({ writtenAgain }: CachePoint): number => writtenAgain,
  },
  {
    name: "not cached",
    color: "k-input",
    isAbove: false,
    tokensOf: ({ uncached }: CachePoint): number => uncached,
  },
] as const;

/** What the cache of a workload did as recorded: reads upwards, what was not read downwards, and where it expired. */
export function cacheTimeline(timeline: CacheTimeline, id: string): Markup {
  const { points, step, workload } = timeline;
  const byPeriod = new Map(points.map((point) => [point.at, point]));
  const shown = slotsBetween([...byPeriod.keys()], step);
  const { slots } = shown;
  const x = timeScale(slots);
  const above = Math.max(0, ...points.map((point) => heightOf(point, true)));
  const below = Math.max(0, ...points.map((point) => heightOf(point, false)));
  const y = amountScale([-below, above], TOP, BOTTOM);
  const bars = slots.map((slot) => {
    const point = byPeriod.get(slot);
    if (point === undefined) return null;
    const reached = { above: 0, below: 0 };
    const rects = LAYERS.map(({ color, isAbove, tokensOf }) => {
      const tokens = tokensOf(point);
      if (tokens === 0) return null;
      const side = isAbove ? "above" : "below";
      const [near, far] = [reached[side], reached[side] + tokens];
      reached[side] = far;
      const [top, bottom] = isAbove ? [y(far), y(near)] : [y(-near), y(-far)];
      return html`<rect
        class="${color}"
        x="${percentage(x(slot) ?? 0)}"
        y="${place(top)}"
        width="${percentage(x.bandwidth())}"
        height="${place(bottom - top)}"
      />`;
    });
    return html`<g
      ><title>${tooltip(point)}</title
      >${rects}${point.expiries === 0 ? null : expiryMark((x(slot) ?? 0) + x.bandwidth() / 2)}</g
    >`;
  });
  const total = (tokensOf: (point: CachePoint) => number): number =>
    points.reduce((sum, point) => sum + tokensOf(point), 0);
  const expiries = total((point) => point.expiries);
  const title = `The cache of ${workload} as recorded, tokens per ${stepWords(step, shown)}`;
  return figure({
    id,
    title,
    description:
      `Above the line ${grouped(total(({ read }) => read))} tokens read from the cache; below it ` +
      `${grouped(total(({ written }) => written))} written into it and ${grouped(total(({ uncached }) => uncached))} not cached. ` +
      `A cached context had expired ${countWords(expiries, "time")} when it was needed.`,
    height: HEIGHT,
    drawing: [gridLines(y, tokenTicks(y)), bars, timeLabels(slots, x, LABELS_AT)],
    legend: html`${legendOf(LAYERS.filter(({ tokensOf }) => total(tokensOf) > 0))}${
      expiries === 0
        ? null
        : html`<p class="note">
            <svg class="key" width="12" height="12" aria-hidden="true">${triangleAt("6", 6)}</svg> a context had expired
            when it was needed: ${countIn(expiries)} times in all
          </p>`
    }`,
    table: dataTable({
      caption: title,
      captionHidden: true,
      columns: [
        { heading: step === "hour" ? "Hour" : step === "day" ? "Day" : "Month", kind: "text" },
        { heading: "Read, tokens", kind: "number" },
        { heading: "Written, tokens", kind: "number" },
        { heading: "Of these again after it expired, tokens", kind: "number" },
        { heading: "Not cached, tokens", kind: "number" },
        { heading: "Expiries", kind: "number" },
      ],
      rows: points.map((point) => [
        html`<time datetime="${point.at}">${slotWords(point.at, true)}</time>`,
        countIn(point.read),
        countIn(point.written),
        countIn(point.writtenAgain),
        countIn(point.uncached),
        countIn(point.expiries),
      ]),
    }),
    tableOf: `Figures by ${step}`,
  });
}

function heightOf(point: CachePoint, isWantedAbove: boolean): number {
  return LAYERS.reduce((sum, { isAbove, tokensOf }) => (isAbove === isWantedAbove ? sum + tokensOf(point) : sum), 0);
}

function expiryMark(x: number): Markup {
  return triangleAt(percentage(x), EXPIRIES_AT);
}

function triangleAt(x: string, y: number): Markup {
  const path = symbol(symbolTriangle, MARK_SIZE)() ?? "";
  return html`<svg class="mark" x="${x}" y="${y}" width="1" height="1" overflow="visible"><path d="${path}" /></svg>`;
}

function tooltip(point: CachePoint): string {
  const parts = LAYERS.flatMap(({ name, tokensOf }) => {
    const tokens = tokensOf(point);
    return tokens === 0 ? [] : `${grouped(tokens)} tokens ${name}`;
  });
  const expiries = point.expiries === 0 ? [] : [countWords(point.expiries, "expiry", "expiries")];
  return `${slotWords(point.at, true)}: ${[...parts, ...expiries].join("; ")}`;
}
