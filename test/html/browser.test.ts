import { join } from "node:path";
import { renderHtml } from "@farthing/advisor/html";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { sharedData } from "../support/shared-data.ts";
import { describeInBrowser, launchBrowser, openPage } from "./browser-pages.ts";
import { markupEverywhere, noEvent, oneEvent, tooManyNames } from "./hostile.ts";

const TRANSCRIPTS = sharedData("claude-code/real/projects");

const PAGES: readonly (readonly [name: string, html: () => string | Promise<string>])[] = [
  ["the example", async () => (await runCli(["report", "--example", "--format", "html"])).stdout],
  ["one event", () => renderHtml(oneEvent())],
  ["no event", () => renderHtml(noEvent())],
  ["markup in every name", () => renderHtml(markupEverywhere())],
  ["200 models, 10,000 workloads and sessions", () => renderHtml(tooManyNames())],
  ...(TRANSCRIPTS === null ? [] : [["real transcripts", () => reportOnTranscripts(TRANSCRIPTS)] as const]),
];

const SCREENS = [
  { width: 400, colorScheme: "light" },
  { width: 400, colorScheme: "dark" },
  { width: 1600, colorScheme: "light" },
  { width: 1600, colorScheme: "dark" },
] as const;

let browser: Browser;

describeInBrowser("the HTML report in Chromium", () => {
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
  });

  describe.each(PAGES)("of %s", (_name, make) => {
    let html = "";
    beforeAll(async () => {
      html = await make();
    });

    it.each(SCREENS)("is readable at $width pixels, $colorScheme", async ({ width, colorScheme }) => {
      const options = { viewport: { width, height: 900 }, colorScheme, folder: emptyFolder() };
      const { page, complaints } = await openPage(browser, html, options);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await cutTexts(page)).toEqual([]);
      expect(await violations(page)).toEqual([]);
      expect(complaints).toEqual([]);
      expect(await page.evaluate("window.hacked")).toBeUndefined();
      await page.close();
    });

    it("prints, dark on light, whatever the screen is", async () => {
      const options = { viewport: { width: 800, height: 900 }, colorScheme: "dark" as const, folder: emptyFolder() };
      const { page, complaints } = await openPage(browser, html, options);
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
      expect(await page.evaluate("getComputedStyle(document.body).color")).toBe("rgb(27, 31, 35)");
      expect((await page.pdf({ format: "A4" })).subarray(0, 5).toString()).toBe("%PDF-");
      expect(complaints).toEqual([]);
      await page.close();
    });

    it("says the same without its script", async () => {
      const viewport = { width: 1200, height: 900 };
      const withScript = await openPage(browser, html, { viewport, folder: emptyFolder() });
      const without = await openPage(browser, html, { viewport, javaScriptEnabled: false, folder: emptyFolder() });
      const text = async (page: Page): Promise<string> => (await page.locator("body").innerText()).replace(/\s+/g, " ");
      expect(await text(without.page)).toBe(await text(withScript.page));
      await withScript.page.close();
      await without.page.close();
    });
  });

  it("sorts a table by keyboard, says so to a screen reader, and leaves what was folded at its end", async () => {
    const { page } = await openPage(browser, renderHtml(tooManyNames()), { folder: emptyFolder() });
    const table = page.locator("table").filter({ hasText: "By workload" }).last();
    const responses = table.getByRole("button", { name: "Workload" });
    await responses.focus();
    await page.keyboard.press("Enter");
    const heading = table.locator("thead th").first();
    expect(await heading.getAttribute("aria-sort")).toBe("ascending");
    const names = (): Promise<string[]> => table.locator("tbody th").allInnerTexts();
    expect(await names()).toEqual((await names()).toSorted());
    await page.keyboard.press("Enter");
    expect(await heading.getAttribute("aria-sort")).toBe("descending");
    expect(await names()).toEqual((await names()).toSorted().toReversed());
    const usd = table.getByRole("button", { name: "USD" });
    await usd.click();
    const amounts = async (): Promise<number[]> =>
      (
        await table
          .locator("tbody td:nth-child(2) data")
          .evaluateAll((cells) => cells.map((cell) => cell.getAttribute("value")))
      ).map(Number);
    expect(await amounts()).toEqual((await amounts()).toSorted((a, b) => b - a));
    await usd.click();
    expect(await amounts()).toEqual((await amounts()).toSorted((a, b) => a - b));
    expect(await heading.getAttribute("aria-sort")).toBeNull();
    expect(await table.locator("tr").last().innerText()).toContain("other (9,980 more");
    await page.close();
  });

  it("lets a keyboard skip to the answer", async () => {
    const { page } = await openPage(browser, renderHtml(oneEvent()), { folder: emptyFolder() });
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the answer");
    await page.keyboard.press("Enter");
    expect(new URL(page.url()).hash).toBe("#answer");
    await page.close();
  });
});

/** What axe-core finds wrong, as `rule: element`. Its rules are those of WCAG 2.2 A and AA, and its own advice. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found: unknown = await page.evaluate(
    `axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ": " + html.slice(0, 200))))`,
  );
  return found as string[];
}

/** Texts of drawings that stand outside the page, where nobody can read them. */
async function cutTexts(page: Page): Promise<string[]> {
  const found: unknown = await page.evaluate(`[...document.querySelectorAll(".chart text")].filter((text) => {
    const { left, right, width } = text.getBoundingClientRect();
    return width > 0 && (left < 0 || right > innerWidth);
  }).map(({ textContent }) => textContent)`);
  return found as string[];
}

async function reportOnTranscripts(projects: string): Promise<string> {
  const ledger = join(emptyFolder(), "ledger");
  await runCli(["import", "claude-code", projects, "--ledger", ledger]);
  return (await runCli(["report", "--ledger", ledger, "--format", "html"])).stdout;
}
