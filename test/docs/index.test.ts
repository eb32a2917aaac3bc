import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { filesBelow, REPOSITORY } from "../support/repository.ts";

it("the README leads to every page of the documentation", () => {
  const readme = readFileSync(join(REPOSITORY, "README.md"), "utf8");
  const pages = filesBelow("docs", ".md").filter((path) => !path.startsWith("docs/decisions/"));
  expect(pages.length).toBeGreaterThan(15);
  expect(pages.filter((path) => !readme.includes(`](${path}`))).toEqual([]);
});
