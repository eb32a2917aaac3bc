import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { isFullRun } from "../support/full-run.ts";
import { REPOSITORY } from "../support/repository.ts";
import { judgeFamilies } from "./judge-families.ts";
import type { JudgedCase } from "./judged-case.ts";
import { summarize, tableOf } from "./table.ts";

const CASES = isFullRun ? 280 : 20;

const DOCUMENT = join(REPOSITORY, "docs", "concepts", "self-test.md");
/** The table of the document, by the words around it. */
const TABLE = /(<!-- table -->\n)[^]*?(\n<!-- end of table -->)/;

describe(`advice on ${String(CASES)} generated workloads`, () => {
  let cases: readonly JudgedCase[] = [];

  beforeAll(() => {
    cases = judgeFamilies(CASES);
    process.stdout.write(`${tableOf(cases)}\n`);
  }, 600_000);

  it("projects the true joint saving to 5 % in the middle", () => {
    expect(summarize(cases).medianError).toBeLessThanOrEqual(0.05);
  });

  it("has the true saving in its range of 80 % in 80 % of the cases", () => {
    expect(summarize(cases).inRange).toBeGreaterThanOrEqual(0.8);
  });

  it("never recommends what together loses money", () => {
    expect(cases.filter(({ loses }) => loses).map(nameOf)).toEqual([]);
  });

  it("recommends nothing where nothing is deserved", () => {
    expect(cases.filter(({ falseAdvice }) => falseAdvice).map(nameOf)).toEqual([]);
  });

  it.runIf(isFullRun)("is in the document as it is", () => {
    const text = readFileSync(DOCUMENT, "utf8");
    expect(text).toMatch(TABLE);
    const updated = text.replace(TABLE, (_, before: string, after: string) => `${before}\n${tableOf(cases)}\n${after}`);
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(DOCUMENT, updated);
    else expect(updated).toBe(text);
  });
});

function nameOf({ family, seed, strategies }: JudgedCase): string {
  return `${family.name} from seed ${String(seed)}: ${strategies.join(", ")}`;
}
