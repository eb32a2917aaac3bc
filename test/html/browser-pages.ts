import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { describe, it } from "vitest";
import { isFullRun } from "../support/full-run.ts";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A browser that is installed: the one that `CHROMIUM` names, or a usual one. Null where there is none. */
const executablePath: string | null =
  [process.env["CHROMIUM"] ?? "", ...PLACES].find((path) => path !== "" && existsSync(path)) ?? null;

/** A suite of the full run in a real browser; where it cannot run it is skipped, and its title says why. */
export function describeInBrowser(name: string, suite: () => void): void {
  const missing = !isFullRun
    ? "a real browser; set FARTHING_FULL=1"
    : executablePath === null
      ? "no Chromium is installed: apt-get install chromium, or name one in CHROMIUM"
      : null;
  if (missing === null) {
    describe(name, suite);
  } else {
    describe.skip(`${name} (skipped: ${missing})`, () => {
      it("has its browser");
    });
  }
}

export async function launchBrowser(): Promise<Browser> {
  // The sandbox needs a user of its own, which a container's root has not.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: executablePath ?? "", args });
}

/** A page that is open, and what it did that it should not. */
export interface OpenPage {
  readonly page: Page;
  /** Errors and messages of scripts, refusals of the page's own policy, and requests for anything but its file. */
  readonly complaints: readonly string[];
}

export async function openPage(
  browser: Browser,
  html: string,
  { folder, ...options }: BrowserContextOptions & { readonly folder: string },
): Promise<OpenPage> {
  const file = join(folder, "report.html");
  writeFileSync(file, html);
  const url = pathToFileURL(file).href;
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints };
}
