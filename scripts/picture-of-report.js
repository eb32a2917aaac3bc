// Takes the picture of the report that README.md shows, docs/report.png: the first screen of the example as HTML, in
// Chromium. To be run again when the report looks different.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const SIZE = { width: 1180, height: 1075 };

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "farthing-picture-"));
const html = join(folder, "report.html");
const command = join(root, "packages/advisor/bin/farthing.js");
execFileSync(process.execPath, [command, "report", "--example", "--format", "html", "--output", html]);

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  // The sandbox needs a user of its own, which a container's root has not.
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
const page = await browser.newPage({ viewport: SIZE, colorScheme: "light" });
await page.goto(pathToFileURL(html).href);
await page.screenshot({ path: join(root, "docs/report.png") });
await browser.close();
rmSync(folder, { recursive: true });
