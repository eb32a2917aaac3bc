import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { filesBelow, REPOSITORY } from "../support/repository.ts";
import { commandsOf, type DocumentedCommand } from "./commands.ts";
import { newDatabaseOfReaders, NO_DATABASE, type DatabaseOfReaders } from "./database-of-readers.ts";
import { HAS_CLICKHOUSE } from "./clickhouse-of-readers.ts";
import { HAS_DUCKDB } from "./duckdb-of-readers.ts";
import { brokenLinks } from "./links.ts";
import { blocksOf, HIDDEN } from "./markdown.ts";
import { newReaderMachine, type Outcome, type ReaderMachine } from "./reader-machine.ts";
import { isShownOutput, linesOf } from "./shown-output.ts";
import { typeErrorsIn } from "./type-check.ts";
import { isReplaceable, withPrintedOutput, type OutdatedOutput } from "./update-output.ts";

/** Whether this run writes what commands print into the documents, where they show something else. */
const isUpdate = process.env["UPDATE_DOCS"] === "1";

const LANGUAGES = ["ts", "json", "ndjson", "sh", "console", "sql", "text", HIDDEN];

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

  const hasStatements = commands.some(({ language }) => language === "sql");
  const title = "has commands that run, in order, and print what it shows";
  if (hasStatements && NO_DATABASE !== null) {
    it.skip(`${title} (skipped: ${NO_DATABASE})`, () => undefined);
    return;
  }

  it(title, { timeout: 120_000 }, async () => {
    const database = hasStatements ? await newDatabaseOfReaders() : null;
    const machine: ReaderMachine = await newReaderMachine(database);
    const outdated: OutdatedOutput[] = [];
    try {
      for (const documented of commands) {
        if (!isRunnable(documented, database)) continue;
        const { place, command, output, outputAfter, exitCode } = documented;
        const { shown, ...result } = await outcomeOf(documented, machine, database);
        expect(result.exitCode, `${place}: ${command}\n${shown}`).toBe(exitCode);
        if (output === null || outputAfter === null || isShownOutput(shown, output)) continue;
        if (isUpdate && isReplaceable(output)) outdated.push({ after: outputAfter, shown: output, printed: shown });
        else expect(linesOf(shown), `${place}: ${command}`).toEqual(linesOf(output));
      }
    } finally {
      await machine.remove();
      await database?.remove();
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

/** Whether what it needs is installed here. */
function isRunnable({ language, needsServer }: DocumentedCommand, database: DatabaseOfReaders | null): boolean {
  if (language === "duckdb") return HAS_DUCKDB;
  if (language === "clickhouse") return HAS_CLICKHOUSE;
  return needsServer !== true || (database !== null && database.programs !== null);
}

async function outcomeOf(
  { command, language, place }: DocumentedCommand,
  machine: ReaderMachine,
  database: DatabaseOfReaders | null,
): Promise<Outcome> {
  if (language === "ts") return machine.runProgram(command);
  if (language === "duckdb" || language === "clickhouse") return machine.query(command, language);
  if (language === undefined) return machine.run(command);
  try {
    await database?.execute(command);
    return { exitCode: 0, shown: "" };
  } catch (error) {
    throw new Error(`${place}: ${String(error)}`, { cause: error });
  }
}

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
