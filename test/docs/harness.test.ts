import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../support/repository.ts";
import { commandsOf } from "./commands.ts";
import { brokenLinks } from "./links.ts";
import { blocksOf } from "./markdown.ts";
import { isShownOutput } from "./shown-output.ts";
import { typeErrorsIn } from "./type-check.ts";
import { isReplaceable, withPrintedOutput } from "./update-output.ts";

const documentOf = (...lines: readonly string[]): ReturnType<typeof blocksOf> => blocksOf("d.md", lines.join("\n"));

describe("blocks of a document", () => {
  it("carry their language, options, first line, section and heading", () => {
    expect(documentOf("# A", "```console exit=3", "$ farthing report", "```", "## B", "```", "x", "```")).toEqual([
      {
        document: "d.md",
        line: 3,
        language: "console",
        options: ["exit=3"],
        lines: ["$ farthing report"],
        section: 1,
        heading: "A",
      },
      { document: "d.md", line: 7, language: "", options: [], lines: ["x"], section: 2, heading: "B" },
    ]);
  });

  it("keep shorter fences inside longer ones, and lose the indent of a list", () => {
    expect(documentOf("- x", "  ````text", "  ```ts", "    y", "  ```", "  ````").map(({ lines }) => lines)).toEqual([
      ["```ts", "  y", "```"],
    ]);
  });

  it("must be closed", () => {
    expect(() => documentOf("```ts", "x")).toThrow("d.md:1 opens a block that never closes");
  });
});

describe("commands of a document", () => {
  const commands = (...lines: readonly string[]): string[] =>
    commandsOf(documentOf(...lines), "farthing report --example").map(({ command }) => command);

  it("are those of farthing: plain, after a prompt, in a pipe, with settings, continued, hidden, through pnpm", () => {
    const block = ["```sh", "npm install", "farthing spend", "$ farthing prices", "cat a | farthing import events -"];
    const more = ["A=1 farthing report", "farthing price \\", "  m", "# farthing", "npx -y pnpm@10.34.9 start", "```"];
    expect(commands("<!-- farthing import claude-code -->", ...block, ...more)).toEqual([
      "farthing import claude-code",
      "farthing spend",
      "farthing prices",
      "cat a | farthing import events -",
      "A=1 farthing report",
      "farthing price m",
      "farthing report --example",
    ]);
  });

  it("carry the output and exit code that a console block shows", () => {
    expect(
      commandsOf(documentOf("```console exit=2", "$ farthing \\", "  x", "no", "", "such", "$ farthing y", "```"), ""),
    ).toEqual([
      { place: "d.md:2", command: "farthing x", output: "no\n\nsuch", outputAfter: 3, exitCode: 2 },
      { place: "d.md:7", command: "farthing y", output: "", outputAfter: 7, exitCode: 2 },
    ]);
  });

  it("show no output of programs that the tests do not run", () => {
    expect(() => commands("```console", "$ npm test | farthing price", "```")).toThrow("shows output of npm");
  });
});

describe("statements and programs of a document", () => {
  it("are those marked to be run, and all lines that need a server's programs", () => {
    const statements = ["```sql run", "select 1;", "```", "```sql run duckdb", "select 2", "```", "```sql", "x", "```"];
    const others = ["```sql run clickhouse", "select 3", "```"];
    const programs = ["```ts run", "a();", "```", "```ts", "b();", "```", "```sh server", "pg_dump x", "```"];
    const blocks = documentOf(...statements, ...others, ...programs);
    expect(
      commandsOf(blocks, "").map(({ command, language, needsServer }) => [command, language, needsServer]),
    ).toEqual([
      ["select 1;", "sql", undefined],
      ["select 2", "duckdb", undefined],
      ["select 3", "clickhouse", undefined],
      ["a();", "ts", undefined],
      ["pg_dump x", undefined, true],
    ]);
  });
});

describe("shown output", () => {
  it.each([
    ["a\nb \n\n", "a\nb", true],
    ["a\nb", "a", false],
    ["a\nb", "a\nc", false],
    ["a\nb\nc\nd", "a\n...\nd", true],
    ["a\nb\nc\nd", "...\nc\n...", true],
    ["a\nb\nc\nd", "a\n...\nc\n...\nb\n...", false],
    ["a\nb\na", "a\n...\na", true],
    ["a", "a\n...\na", false],
    ["", "", true],
  ])("of %j is %j: %s", (printed, shown, expected) => {
    expect(isShownOutput(printed, shown)).toBe(expected);
  });
});

describe("links of a document", () => {
  const broken = (...lines: readonly string[]): string[] =>
    brokenLinks("README.md", lines.join("\n"), REPOSITORY).map((text) => text.replace("README.md links to ", ""));

  it("must lead to a file that is there, and to a heading of it", () => {
    const good = ["[a](LICENSE)", "[b](docs/)", "[c](CONTRIBUTING.md#documentation)", "[d](https://example.org/x)"];
    expect(broken(...good, "[e](no.md)", "[f](CONTRIBUTING.md#no), [g](packages/)")).toEqual([
      "no.md",
      "CONTRIBUTING.md#no",
    ]);
  });

  it("are not looked for in blocks", () => {
    expect(broken("```ts", "a[b](c)", "```", "[d](e)")).toEqual(["e"]);
  });
});

describe("an update of a document", () => {
  const text = ["- x", "  ```console", "  $ farthing x", "  old", "  older", "  $ farthing y", "  ```", ""].join("\n");

  it("puts what is printed in the place of what was shown, with the block's indent", () => {
    const outdated = commandsOf(blocksOf("d.md", text), "").map(({ output, outputAfter }, index) => ({
      after: outputAfter ?? 0,
      shown: output ?? "",
      printed: index === 0 ? "new\n" : "first\n\nlast \n",
    }));
    expect(withPrintedOutput(text, outdated)).toBe(
      ["- x", "  ```console", "  $ farthing x", "  new", "  $ farthing y", "  first", "", "  last", "  ```", ""].join(
        "\n",
      ),
    );
  });

  it("leaves output alone of which lines are left out", () => {
    expect(isReplaceable("a\n...\nb")).toBe(false);
    expect(isReplaceable("a\nb ...")).toBe(true);
  });
});

describe("TypeScript in documents", () => {
  it("is reported at the line of the document, sections apart, blocks of a section together", () => {
    const good = ["```ts", 'import { parseUsd } from "@farthing/ledger";', "const a = parseUsd('1');", "```"];
    const bad = ["# B", "```ts", "const b: string = 1;", "a;", "```"];
    expect(typeErrorsIn(documentOf(...good, "```ts", "a;", "```", ...bad)).map((error) => error.slice(0, 21))).toEqual([
      "d.md:10 error TS2322:",
      "d.md:11 error TS2304:",
    ]);
  });
});
