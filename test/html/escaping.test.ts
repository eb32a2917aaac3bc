import type { Report } from "@farthing/advisor";
import { renderHtml } from "@farthing/advisor/html";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aReport } from "../support/a-report.ts";
import { aConversation } from "../support/conversation.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { MARKUP } from "./hostile.ts";
import { attribute, named, parsePage, skeleton, textIn } from "./parsed-page.ts";
import { anyText } from "../support/any-text.ts";

/** Stands for a name wherever a report says it. */
const NAME = "NAMEOFSOMETHING";

const wasteful = Array.from({ length: 40 }, (_, number) => ({
  at: number * 7_200,
  cacheWrite1h: 100_000,
  continues: -1,
  overrides: {},
}));

/** A report in which everything that has a name has this one. */
const named40 = aReport(
  [
    ...aConversation(wasteful, { service: NAME, name: NAME }),
    aRequestCompleted({ id: "msg:unpriced", servedModel: NAME, labels: { workload: NAME } }),
  ],
  { overTime: true },
);

function withName(report: Report, name: string): Report {
  const replaced = (value: unknown): unknown => {
    if (typeof value === "string") return value.replaceAll(NAME, () => name);
    if (Array.isArray(value)) return value.map(replaced);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner)]));
  };
  return replaced(report) as Report;
}

/** Strings of what means something in HTML, and any others. */
const names = fc.oneof(
  fc.constantFrom(...MARKUP),
  fc.string({ unit: "grapheme" }),
  anyText(),
  fc.string({ unit: fc.constantFrom("<", ">", '"', "'", "&", "/", "-", "!", "=", " ", "s", "script", "`", "\n") }),
);

describe("a name in a page", () => {
  const plain = skeleton(parsePage(renderHtml(named40)));

  it("is in many places of it", () => {
    expect(renderHtml(named40).split(NAME).length).toBeGreaterThan(15);
  });

  it("changes nothing but text, whatever it is", () => {
    fc.assert(
      fc.property(names, (name) => {
        const page = parsePage(renderHtml(withName(named40, name)));
        expect(page.errors).toEqual([]);
        expect(skeleton(page)).toEqual(plain);
      }),
      { numRuns: 200, examples: [["\u{10fffe}"], ["\ufdd0"]] },
    );
  });

  it("is read as what it is, but for what steers a screen", () => {
    fc.assert(
      fc.property(names, (name) => {
        const page = parsePage(renderHtml(withName(named40, name)));
        const printable = name
          .replace(/\p{Surrogate}|\p{Noncharacter_Code_Point}/gu, "\ufffd")
          .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "?");
        const [caches] = named(page, "figcaption")
          .map(textIn)
          .filter((text) => text.startsWith("The cache of "));
        expect(caches).toBe(`The cache of ${printable} as recorded, tokens per day`);
        const [region] = page.elements.filter((element) =>
          (attribute(element, "aria-label") ?? "").startsWith("The cache of "),
        );
        expect(region === undefined ? null : attribute(region, "aria-label")).toBe(caches);
      }),
      { numRuns: 200 },
    );
  });
});
