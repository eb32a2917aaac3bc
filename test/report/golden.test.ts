import { readFileSync, writeFileSync } from "node:fs";
import { reportSchema } from "@farthing/advisor/schemas";
import { describe, expect, it } from "vitest";
import { runCli, type CliOptions } from "../support/run-cli.ts";

/** With `UPDATE_GOLDEN=1` the files are written anew, to be read before they are committed. */
function expectGolden(name: string, text: string): void {
  const file = new URL(`../fixtures/report/${name}`, import.meta.url);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, "utf8"));
}

async function example(args: readonly string[], options: CliOptions = {}): Promise<string> {
  const { exitCode, stdout, stderr } = await runCli(["report", "--example", ...args], options);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return stdout;
}

describe("the report on the example", { timeout: 60_000 }, () => {
  it.each([80, 120])("is the recorded text on a terminal of %i columns", async (columns) => {
    const plain = await example([], { terminal: { columns }, env: { NO_COLOR: "1" } });
    expectGolden(`example-${String(columns)}.txt`, plain);
    expect(plain.split("\n").filter((line) => line.length > columns)).toEqual([]);
    const emphasised = await example([], { terminal: { columns }, env: { TERM: "xterm-256color" } });
    expectGolden(`example-${String(columns)}-emphasised.txt`, emphasised);
    expect(withoutEmphasis(emphasised)).toBe(plain);
  });

  it("is the recorded Markdown", async () => {
    expectGolden("example.md", await example(["--format", "markdown"]));
  });

  it("is, for one of its services, the recorded JSON, which its schema describes", async () => {
    const json = await example(["--format", "json", "--where", "service=ticket-search"]);
    expectGolden("example-ticket-search.json", json);
    const schema = reportSchema.safeParse(JSON.parse(json));
    expect(schema.error?.issues).toBeUndefined();
  });
});

function withoutEmphasis(text: string): string {
  // eslint-disable-next-line no-control-regex -- that is what emphasis is made of
  return text.replaceAll(/\u001b\[[\d;]*m/g, "");
}
