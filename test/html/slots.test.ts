import type { Report } from "@farthing/advisor";
import { renderHtml } from "@farthing/advisor/html";
import { describe, expect, it } from "vitest";
import { slotsBetween, slotWords } from "../../packages/advisor/src/html/slots.ts";
import { aReport } from "../support/a-report.ts";
import { aConversation } from "../support/conversation.ts";
import { attribute, named, parsePage, textIn, within, type Element } from "./parsed-page.ts";

const DAY_S = 86_400;

/** A response on each of these days after 10 October 2026, at ten o'clock. */
function onDays(days: readonly number[]): Report {
  return aReport(aConversation(days.map((day) => ({ at: day * DAY_S, uncachedInput: 100_000, continues: -1 }))), {
    overTime: true,
  });
}

function firstChart(report: Report): { readonly figure: Element; readonly chart: Element } {
  const [figure] = named(parsePage(renderHtml(report)), "figure");
  const [chart] = figure === undefined ? [] : within(figure, "svg").filter((svg) => attribute(svg, "role") === "img");
  if (figure === undefined || chart === undefined) throw new Error("the page has no chart");
  return { figure, chart };
}

function caption(figure: Element): string {
  return within(figure, "figcaption").map(textIn).join("");
}

describe("the periods of a drawing", () => {
  it("are all from the first to the last, those without use among them", () => {
    expect(slotsBetween(["2026-02-27", "2026-03-02"], "day")).toEqual({
      slots: ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"],
      onlyUsed: false,
    });
    expect(slotsBetween(["2026-11", "2027-02"], "month").slots).toEqual(["2026-11", "2026-12", "2027-01", "2027-02"]);
    expect(slotsBetween(["2026-12-31T22", "2027-01-01T01"], "hour").slots).toEqual([
      "2026-12-31T22",
      "2026-12-31T23",
      "2027-01-01T00",
      "2027-01-01T01",
    ]);
    expect(slotsBetween([], "day").slots).toEqual([]);
  });

  it("are named as people name them", () => {
    expect(slotWords("2026-10-03", true)).toBe("3 Oct 2026");
    expect(slotWords("2026-10-03", false)).toBe("3 Oct");
    expect(slotWords("2026-10", false)).toBe("Oct 2026");
    expect(slotWords("2026-10-03T09", false)).toBe("3 Oct, 09:00");
  });

  it("are only those with use where use is rare, and the title says so", () => {
    const { figure, chart } = firstChart(onDays([0, 4, 160]));
    expect(caption(figure)).toBe("By kind of token, US dollars per day with use, others left out");
    expect(within(chart, "g").filter((group) => within(group, "rect").length > 0).length).toBe(3);
  });

  it("have a bar each, as high as what they cost", () => {
    const { figure, chart } = firstChart(onDays([0, 1, 1, 3]));
    expect(caption(figure)).toBe("By kind of token, US dollars per day");
    const bars = within(chart, "g").filter((group) => within(group, "title").length > 0);
    const heights = bars.map((bar) =>
      within(bar, "rect").reduce((sum, rect) => sum + Number(attribute(rect, "height")), 0),
    );
    expect(heights.length).toBe(4);
    expect(heights[1]).toBeCloseTo(2 * (heights[0] ?? 0), 0);
    expect(heights[2]).toBe(0);
    expect(heights[3]).toBe(heights[0]);
    expect(bars.map((bar) => within(bar, "title").map(textIn).join(""))).toEqual([
      "10 Oct 2026: $0.50; output <$0.01; new input $0.50",
      "11 Oct 2026: $1.00; output <$0.01; new input $1.00",
      "12 Oct 2026: nothing with a price",
      "13 Oct 2026: $0.50; output <$0.01; new input $0.50",
    ]);
  });

  it("become areas where there are very many, and stay within 400 rows", () => {
    const many = Array.from({ length: 400 }, (_, day) => day);
    const { figure, chart } = firstChart(onDays(many));
    expect(within(chart, "rect")).toEqual([]);
    const paths = within(chart, "path").map((path) => attribute(path, "d") ?? "");
    expect(paths.length).toBe(2);
    for (const path of paths) expect(path).toMatch(/^M0,[\d.]+L1,/);
    expect(within(figure, "tr").length).toBe(401);
    expect(textIn(firstChart(onDays([...many, 400])).figure)).toContain("US dollars per month");
  });
});
