import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { REPOSITORY } from "../support/repository.ts";
import { blocksOf } from "./markdown.ts";

const DOCUMENT = "docs/tutorial.md";

it("the program that the tutorial has its reader save is the one that its commands are run with", () => {
  const blocks = blocksOf(DOCUMENT, readFileSync(join(REPOSITORY, DOCUMENT), "utf8"));
  const programs = blocks.filter(({ language }) => language === "ts").map(({ lines }) => `${lines.join("\n")}\n`);
  expect(programs).toEqual([readFileSync(join(REPOSITORY, "test/docs/fixture/shop/traffic.mjs"), "utf8")]);
});

it("the tutorial ends with a saving that is verified", () => {
  const shown = blocksOf(DOCUMENT, readFileSync(join(REPOSITORY, DOCUMENT), "utf8")).flatMap(({ lines }) => lines);
  expect(shown.filter((line) => /^ {15}verified: made 19 Oct; 14 days/.test(line))).toHaveLength(1);
});
