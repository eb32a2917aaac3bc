import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { modulesLoadedBy } from "../support/modules-loaded.ts";
import { REPOSITORY } from "../support/repository.ts";

const COMMAND = join(REPOSITORY, "packages/advisor/dist/command");
const STATIC_IMPORT = /^(?:import|export)\b[^"']*["']\.\/([^"']+)["']/gm;

/** What draws a page, says why a cost changed, describes JSON documents, or reads a bill that stands alone. */
const OF_OTHERS = /d3-scale|shapley|from "zod"|ceiling, no request evidence/;

/** A file of the bundled command, and all that are loaded with it. */
function loadedWith(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, next = ""] of readFileSync(join(COMMAND, file), "utf8").matchAll(STATIC_IMPORT)) loadedWith(next, seen);
  return seen;
}

describe("what draws the HTML report", () => {
  const files = readdirSync(COMMAND);
  const drawing = files.filter((file) => /d3-scale\b/.test(readFileSync(join(COMMAND, file), "utf8")));

  it("is one file of the command, with the licences of what it uses", () => {
    expect(drawing.length).toBe(1);
    const text = readFileSync(join(COMMAND, drawing[0] ?? ""), "utf8");
    for (const name of ["d3-array", "d3-path", "d3-scale", "d3-shape"])
      expect(text).toContain(`\n${name}\n\nCopyright`);
  });

  it("is loaded by no command and no other format", () => {
    const entries = files.filter((file) => file === "main.js" || /^(report|spend|run|shared|render-text)-/.test(file));
    expect(entries.length).toBeGreaterThan(3);
    for (const entry of entries) expect([...loadedWith(entry)].filter((file) => drawing.includes(file))).toEqual([]);
  });

  it("is not loaded by a report in text, and neither is what compares or describes documents", async () => {
    expect(files.filter((file) => OF_OTHERS.test(readFileSync(join(COMMAND, file), "utf8"))).length).toBeGreaterThan(2);
    const ledger = await aLedger([aRequestCompleted({})]);
    const loaded = modulesLoadedBy(["report", "--ledger", ledger]).filter((url) => url.startsWith("file:"));
    expect(loaded.length).toBeGreaterThan(3);
    expect(loaded.filter((url) => OF_OTHERS.test(readFileSync(new URL(url), "utf8")))).toEqual([]);
  });
});
