import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { reportToJson, type Report } from "@farthing/advisor";
import { renderHtml } from "@farthing/advisor/html";
import { parseUsd, subtract, sum } from "@farthing/ledger";
import { beforeAll, describe, expect, it } from "vitest";
import { aReport } from "../support/a-report.ts";
import { aConversation } from "../support/conversation.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { markupEverywhere, noEvent, oneEvent, tooManyNames } from "./hostile.ts";
import { attribute, named, parsePage, textIn, within, type Element, type ParsedPage } from "./parsed-page.ts";

/** Every step writes again, hour after hour, what nobody reads; a change of model would save as well. */
function someReport(): Report {
  const wasteful = Array.from({ length: 40 }, (_, number) => ({
    at: number * 7_200,
    cacheWrite1h: 100_000,
    uncachedInput: 50,
    continues: -1,
  }));
  const expiring = Array.from({ length: 60 }, (_, number) => ({
    at: number * (number % 2 === 0 ? 1_800 : 60),
    cacheWrite5m: 80_000,
    cacheRead: number % 2 === 0 ? 0 : 80_000,
  }));
  return aReport(
    [...aConversation(wasteful, { service: "rag" }), ...aConversation(expiring, { service: "search", name: "s2" })],
    { overTime: true },
  );
}

const PAGES: readonly (readonly [name: string, make: () => Report])[] = [
  ["an ordinary ledger", someReport],
  ["one event", oneEvent],
  ["no event", noEvent],
  ["markup in every name", markupEverywhere],
  ["200 models, 10,000 workloads and sessions", tooManyNames],
];

describe.each(PAGES)("the page of %s", (_name, make) => {
  let report: Report;
  let html: string;
  let page: ParsedPage;
  beforeAll(() => {
    report = make();
    html = renderHtml(report);
    page = parsePage(html);
  });

  it("is HTML that needs no repair", () => {
    expect(page.errors).toEqual([]);
    expect(html.startsWith("<!doctype html>")).toBe(true);
  });

  it("reaches for nothing outside itself", () => {
    for (const { tagName, attrs } of page.elements) {
      expect([
        "img",
        "link",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "input",
        "audio",
        "video",
        "use",
        "image",
      ]).not.toContain(tagName);
      for (const { name, value } of attrs) {
        if (name === "href") expect(value).toMatch(/^#[\w-]+$/);
        expect(["src", "srcset", "action", "background", "poster", "xlink:href", "ping", "style"]).not.toContain(name);
        expect(name.startsWith("on"), `${tagName} ${name}`).toBe(false);
      }
    }
    const style = textOfRaw(named(page, "style"));
    expect([...style.matchAll(/url\(([^)]*)\)/g)].map((match) => match[1])).toEqual(["#hatch"]);
    expect(style).not.toContain("@import");
  });

  it("has a policy that allows its own style and script by their hashes, and nothing else", () => {
    const [policy] = named(page, "meta").filter((meta) => attribute(meta, "http-equiv") === "Content-Security-Policy");
    const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    expect(policy === undefined ? null : attribute(policy, "content")).toBe(
      [
        "default-src 'none'",
        `style-src ${hash(textOfRaw(named(page, "style")))}`,
        `script-src ${hash(textOfRaw(named(page, "script")))}`,
        "base-uri 'none'",
        "form-action 'none'",
      ].join("; "),
    );
    expect([named(page, "style").length, named(page, "script").length]).toEqual([1, 1]);
  });

  it("has landmarks, one main heading, and no level of headings left out", () => {
    expect(
      ["header", "main", "footer"].map((name) => named(page, name).filter((each) => !isInArticle(page, each)).length),
    ).toEqual([1, 1, 1]);
    expect(named(page, "nav").map((nav) => attribute(nav, "aria-label"))).toEqual(
      report.total.responses === 0 && named(page, "nav").length === 0 ? [] : ["Sections"],
    );
    const levels = named(page, "h1", "h2", "h3", "h4").map(({ tagName }) => Number(tagName[1]));
    expect(levels.filter((level) => level === 1)).toEqual([1]);
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
  });

  it("names each drawing, or hides it where its figures stand beside it; and gives the figures of a chart as a table", () => {
    for (const svg of named(page, "svg")) {
      if (attribute(svg, "aria-hidden") === "true" || isNested(page, svg)) continue;
      expect(attribute(svg, "role")).toBe("img");
      const [title, desc] = [within(svg, "title")[0], within(svg, "desc")[0]];
      expect(attribute(svg, "aria-labelledby")).toBe(
        [title, desc].map((each) => each && attribute(each, "id")).join(" "),
      );
      expect(title && textIn(title).trim()).toBeTruthy();
      expect(desc && textIn(desc).trim()).toBeTruthy();
    }
    for (const figure of named(page, "figure")) expect(within(figure, "table").length).toBe(1);
  });

  it("says of each table what it is, and of each heading what it is the heading of", () => {
    for (const table of named(page, "table")) {
      expect(
        within(table, "caption")
          .map((caption) => textIn(caption).trim())
          .join(""),
      ).not.toBe("");
      for (const heading of within(table, "th")) expect(["col", "row"]).toContain(attribute(heading, "scope"));
    }
  });

  it("uses an id once, and refers to none that is not there", () => {
    const ids = page.elements.map((element) => attribute(element, "id")).filter((id) => id !== null);
    expect(ids).toEqual([...new Set(ids)]);
    const references = page.elements.flatMap((element) => [
      ...(attribute(element, "aria-labelledby")?.split(" ") ?? []),
      ...(attribute(element, "href")?.slice(1).split(" ") ?? []),
    ]);
    expect(references.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it("shows no amount and no count that the JSON does not hold", () => {
    const held = new Set(valuesIn(reportToJson(report)));
    const shown = named(page, "data").filter((each) => attribute(each, "class") !== "derived");
    expect(shown.map((each) => attribute(each, "value") ?? "").filter((value) => !held.has(value))).toEqual([]);
    if (report.total.usd > 0n) expect(shown.length).toBeGreaterThan(3);
  });

  it("is the same, byte for byte, whenever it is made of the same ledger", () => {
    expect(renderHtml(make())).toBe(html);
  });

  it("stays small enough to send", () => {
    expect(Buffer.byteLength(html)).toBeLessThan(900_000);
  });
});

describe("the page of a report", () => {
  it("has a waterfall from what it cost to what it would have cost", () => {
    const report = someReport();
    expect(report.recommendations.length).toBeGreaterThan(1);
    const page = parsePage(renderHtml(report));
    const [less] = named(page, "section").filter((section) => attribute(section, "id") === "less");
    const values =
      less === undefined
        ? []
        : within(less, "strong", "td")
            .flatMap((each) => within(each, "data"))
            .map((each) => attribute(each, "value"));
    expect(values[0]).toBe((reportToJson(report) as { advice: { usd: string } }).advice.usd);
    const left = subtract(report.advice.usd, report.joint.all.expected);
    expect(values.map((value) => parseUsd(value ?? "0"))).toContain(left);
    const bars =
      less === undefined
        ? []
        : within(less, "svg")
            .filter((svg) => attribute(svg, "class") === "drop")
            .map((svg) => within(svg, "rect")[0]);
    const ends = bars.map((bar) =>
      [bar && attribute(bar, "x"), bar && attribute(bar, "width")].map((text) => parseFloat(text ?? "")),
    );
    // Each step ends where the one before it begins, and the last bar is as long as what is left.
    for (let step = 2; step < ends.length - 1; step += 1) {
      expect((ends[step]?.[0] ?? 0) + (ends[step]?.[1] ?? 0)).toBeCloseTo(ends[step - 1]?.[0] ?? NaN, 1);
    }
    expect(ends.at(-1)?.[1]).toBeCloseTo((100 * Number(left)) / Number(report.advice.usd), 1);
  });

  it("draws what the cache did for advice on caching, and for no other", () => {
    const report = someReport();
    const page = parsePage(renderHtml(report));
    const strategies = named(page, "article").map((article) => within(article, "figure").length);
    expect(strategies).toEqual(
      report.recommendations.map(({ plan }) => (/cach|ttl|prefix|warm|resent/.test(plan.strategy) ? 1 : 0)),
    );
    expect(strategies).toContain(1);
    expect(strategies).toContain(0);
  });

  it("shows each change with its place in the code, its risk, its arithmetic and how to see it in full", () => {
    const report = someReport();
    const articles = named(parsePage(renderHtml(report)), "article");
    expect(articles.length).toBe(report.recommendations.length);
    for (const [index, { plan, id }] of report.recommendations.entries()) {
      const text = articles[index] === undefined ? "" : textIn(articles[index]).replace(/\s+/g, " ");
      for (const part of [plan.change, "Answers", "Takes", "The arithmetic", `farthing report --explain ${id}`]) {
        expect(text).toContain(part);
      }
    }
  });

  it("advises on workloads whatever they are called", () => {
    const report = markupEverywhere();
    expect(report.recommendations.length).toBeGreaterThan(3);
    const headings = named(parsePage(renderHtml(report)), "h3")
      .map(textIn)
      .join("\n");
    expect(headings).toContain("<script>window.hacked = 1</script>: ");
  });

  it("folds what is too much to show, with how much it is", () => {
    const report = tooManyNames();
    const [where] = named(parsePage(renderHtml(report)), "section").filter((each) => attribute(each, "id") === "where");
    const feet = where === undefined ? [] : within(where, "tfoot");
    expect(feet.map((foot) => /other \(([\d,]+) more/.exec(textIn(foot))?.[1])).toEqual(["9,980", "180"]);
    for (const [index, slices] of [report.where.byWorkload, report.where.byModel].entries()) {
      const rest = feet[index] === undefined ? [] : within(feet[index], "data").map((each) => attribute(each, "value"));
      expect(parseUsd(rest[0] ?? "0")).toBe(sum(slices.slice(20).map(({ usd }) => usd)));
      expect(Number(rest[1])).toBe(slices.slice(20).reduce((total, { responses }) => total + responses, 0));
    }
  });

  it("is what the command writes, to stdout and to a file", async () => {
    const cwd = emptyFolder();
    const args = ["report", "--example", "--format", "html"];
    const { stdout, exitCode } = await runCli(args, { cwd });
    expect(exitCode).toBe(0);
    expect(await runCli([...args, "--output", "report.html"], { cwd })).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: "",
    });
    expect(readFileSync(join(cwd, "report.html"), "utf8")).toBe(stdout);
    const page = parsePage(stdout);
    expect(textIn(named(page, "h1")[0] ?? NOTHING)).toContain("23 Oct – 21 Nov 2026");
    expect(textIn(named(page, "main")[0] ?? NOTHING)).toContain("$28,650.82");
    expect(textIn(named(page, "header")[0] ?? NOTHING)).toContain("EXAMPLE DATA");
  });
});

const NOTHING = { nodeName: "#text", value: "", parentNode: null } as unknown as Element;

function textOfRaw(elements: readonly Element[]): string {
  return elements.flatMap(({ childNodes }) => childNodes.map((node) => ("value" in node ? node.value : ""))).join("");
}

function isNested(page: ParsedPage, svg: Element): boolean {
  return named(page, "svg").some((outer) => outer !== svg && within(outer, "svg").includes(svg));
}

function isInArticle(page: ParsedPage, element: Element): boolean {
  return named(page, "article").some((article) => within(article, element.tagName).includes(element));
}

/** All strings and numbers of a document, as text. */
function valuesIn(value: unknown): string[] {
  if (typeof value === "string" || typeof value === "number") return [String(value)];
  if (typeof value !== "object" || value === null) return [];
  // What a cache or a list comes to in all is said beside it.
  return [...(Array.isArray(value) ? [String(value.length)] : []), ...Object.values(value).flatMap(valuesIn)];
}
