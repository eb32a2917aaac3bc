import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { filesBelow, REPOSITORY } from "../support/repository.ts";
import { commandsOf } from "./commands.ts";
import { brokenLinks } from "./links.ts";
import { blocksOf, HIDDEN } from "./markdown.ts";
import { newReaderMachine, type ReaderMachine } from "./reader-machine.ts";
import { isShownOutput, linesOf } from "./shown-output.ts";
import { typeErrorsIn } from "./type-check.ts";
import { isReplaceable, withPrintedOutput, type OutdatedOutput } from "./update-output.ts";

/** Whether this run writes what commands print into the documents, where they show something else. */
const isUpdate = process.env["UPDATE_DOCS"] === "1";

const LANGUAGES = ["ts", "json", "ndjson", "sh", "console", "text", "sql", HIDDEN];

const documents = [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].filter((path) => existsSync(join(REPOSITORY, path))),
  ...filesBelow("docs", ".md"),
  ...filesBelow("packages", "README.md"),
];
const blocks = documents.flatMap((path) => blocksOf(path, readFileSync(join(REPOSITORY, path), "utf8")));

it("find documents to check", () => {
  expect(documents).toContain("README.md");
});

describe.each(documents)("%s", (document) => {
  const own = blocks.filter((block) => block.document === document);
  const commands = commandsOf(own, exampleReport());

  it("says what language each block is in, and uses only those that are checked", () => {
    const unknown = own.filter(({ language }) => !LANGUAGES.includes(language));
    expect(unknown.map(({ line, language }) => `${document}:${line} is in "${language}"`)).toEqual([]);
  });

  it("has JSON that parses", () => {
    const errors = own.flatMap(({ language, line, lines }) => {
      if (language === "json") return jsonError(lines.join("\n"), `${document}:${line}`);
      return language === "ndjson"
        ? lines.flatMap((text, index) => jsonError(text, `${document}:${line + index}`))
        : [];
    });
    expect(errors).toEqual([]);
  });

  it("has links that lead somewhere", () => {
    expect(brokenLinks(document, readFileSync(join(REPOSITORY, document), "utf8"), REPOSITORY)).toEqual([]);
  });

  if (commands.length === 0) return;

  it("has commands that run, in order, and print what it shows", { timeout: 120_000 }, async () => {
    const machine: ReaderMachine = await newReaderMachine();
    const outdated: OutdatedOutput[] = [];
    try {
      for (const { place, command, output, outputAfter, exitCode } of commands) {
        const { shown, ...result } = await machine.run(command);
        expect(result.exitCode, `${place}: ${command}\n${shown}`).toBe(exitCode);
        if (output === null || outputAfter === null || isShownOutput(shown, output)) continue;
        if (isUpdate && isReplaceable(output)) outdated.push({ after: outputAfter, shown: output, printed: shown });
        else expect(linesOf(shown), `${place}: ${command}`).toEqual(linesOf(output));
      }
    } finally {
      await machine.remove();
    }
    if (outdated.length > 0) {
      const path = join(REPOSITORY, document);
      writeFileSync(path, withPrintedOutput(readFileSync(path, "utf8"), outdated));
    }
  });
});

describe("the TypeScript of all documents", () => {
  let errors: string[] = [];
  beforeAll(() => {
    errors = typeErrorsIn(blocks.filter(({ language }) => language === "ts"));
  }, 60_000);

  it("type-checks against the packages", () => {
    expect(errors).toEqual([]);
  });
});

/** The farthing command line behind the package script `start`. */
function exampleReport(): string {
  const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));
  const [, options] = /bin\/farthing\.js (.*)$/.exec(scripts.start) ?? [];
  if (options === undefined) throw new Error("the package script start no longer ends in a farthing command");
  return `farthing ${options}`;
}

function jsonError(text: string, place: string): string[] {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    return [`${place} ${String(error)}`];
  }
}
