import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesBelow, REPOSITORY } from "../support/repository.ts";
import { cycles, violations } from "./layers.ts";
import { readSourceFile } from "./source-file.ts";

const sources = filesBelow("packages", ".ts").filter((path) => /^packages\/[a-z]+\/src\//.test(path));
const files = sources.map((path) => readSourceFile(path, readFileSync(join(REPOSITORY, path), "utf8")));

describe("the sources", () => {
  it("depend only on the layers below them", () => {
    expect(sources.length).toBeGreaterThan(0);
    expect(violations(files)).toEqual([]);
  });

  it("contain no import cycle", () => {
    expect(cycles(files)).toEqual([]);
  });
});

describe("the layer rules", () => {
  const problems = (path: string, text: string): string[] => violations([readSourceFile(path, text)]);

  it.each([
    ["packages/ledger/src/money/a.ts", 'import { b } from "../pricing/b.ts";'],
    ["packages/ledger/src/events/a.ts", 'export * from "../store/b.ts";'],
    ["packages/ledger/src/pricing/a.ts", 'type B = import("../events/b.ts").B;'],
    ["packages/ledger/src/folder-ledger.ts", 'import type { B } from "@farthing/advisor";'],
    ["packages/adapters/src/claude-code/a.ts", 'import { b } from "@farthing/advisor";'],
    ["packages/adapters/src/claude-code/a.ts", 'import { b } from "../events/b.ts";'],
    ["packages/advisor/src/report/a.ts", 'const b = await import("@farthing/adapters/events");'],
    ["packages/advisor/src/strategies/a.ts", 'import { b } from "../replay/b.ts";'],
    ["packages/advisor/src/strategies/a.ts", 'import { b } from "../cache/b.ts";'],
    ["packages/advisor/src/trace/a.ts", 'import { b } from "../../../ledger/src/index.ts";'],
    ["packages/advisor/src/replay/a.ts", 'import { readFileSync } from "node:fs";'],
    ["packages/ledger/src/store/memory.ts", 'import { open } from "node:fs/promises";'],
    ["packages/ledger/src/unplaced/a.ts", "export const b = 1;"],
    ["packages/ledger/src/events/a.ts", "export const b = Date.now();"],
    ["packages/ledger/src/events/a.ts", "export const b = new Date();"],
    ["packages/advisor/src/trace/a.ts", "export const b = Math.random();"],
    ["packages/advisor/src/report/a.ts", "const { env } = process;"],
    ["packages/advisor/src/report/a.ts", "export const b = globalThis.process.env;"],
  ])("refuse in %s: %s", (path, text) => {
    expect(problems(path, text)).toHaveLength(1);
  });

  it.each([
    ["packages/ledger/src/pricing/a.ts", 'import type { Money } from "../money/money.ts";'],
    ["packages/ledger/src/store/file/a.ts", 'import { openSync } from "node:fs";'],
    ["packages/adapters/src/claude-code/a.ts", 'import { b } from "@farthing/ledger"; const c = Date.now();'],
    ["packages/advisor/src/strategies/a.ts", 'import { b } from "../cache/cache-rules.ts";'],
    ["packages/advisor/src/cli/commands/a.ts", 'await import("@farthing/adapters/claude-code"); process.exitCode = 1;'],
    [
      "packages/ledger/src/events/a.ts",
      "export const b = new Date(0).toISOString(); const c = { process: 1 }.process;",
    ],
  ])("accept in %s: %s", (path, text) => {
    expect(problems(path, text)).toEqual([]);
  });

  it("find a cycle, also one of types only", () => {
    const a = readSourceFile("packages/ledger/src/money/a.ts", 'import type { B } from "./b.ts";');
    const b = readSourceFile("packages/ledger/src/money/b.ts", 'export type { A } from "./a.ts";');
    expect(cycles([a, b])).toEqual([
      "packages/ledger/src/money/a.ts -> packages/ledger/src/money/b.ts -> packages/ledger/src/money/a.ts",
    ]);
  });
});
