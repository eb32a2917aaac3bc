import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../support/repository.ts";
import { runCommand } from "../support/run-command.ts";
import { folderFor, isInstalled, needsOf } from "./examples.ts";
import type { Block } from "./markdown.ts";

/**
 * Type-checks TypeScript blocks against the sources of the packages: the blocks of one section form one program. Blocks for
 * clients that are not installed are left out.
 *
 * Returns the compiler's complaints as `document:line message`. Every program starts with as many empty lines as come
 * before it in its document, so the compiler's line numbers are the document's.
 */
export function typeErrorsIn(blocks: readonly Block[]): string[] {
  const isOwn = (block: Block): boolean => needsOf(block).length === 0;
  const others = blocks.filter((block) => !isOwn(block) && isInstalled(needsOf(block)));
  return [...errorsIn(blocks.filter(isOwn)), ...errorsIn(others)];
}

/** The blocks need all the same kind of folder. */
function errorsIn(blocks: readonly Block[]): string[] {
  if (blocks.length === 0) return [];
  const generated = folderFor(blocks.flatMap(needsOf));
  mkdirSync(generated, { recursive: true });
  const folder = mkdtempSync(join(generated, "run-"));
  try {
    const documents = writePrograms(blocks, folder);
    return compilerOutput(folder).map((line) =>
      line.replace(/^(program-\d+\.ts)\((\d+),\d+\):/, (_, name: string, at: string) => `${documents.get(name)}:${at}`),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes one program per section and returns the document that each came from. */
function writePrograms(blocks: readonly Block[], folder: string): Map<string, string> {
  const programs = new Map<string, Block[]>();
  for (const block of blocks) {
    const key = `${block.document}#${block.section}`;
    programs.set(key, [...(programs.get(key) ?? []), block]);
  }
  const documents = new Map<string, string>();
  for (const [index, program] of [...programs.values()].entries()) {
    const name = `program-${index}.ts`;
    documents.set(name, program[0]?.document ?? "");
    writeFileSync(join(folder, name), programText(program));
  }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(CONFIG));
  return documents;
}

/** What the compiler says of the programs; what it says of the packages is the type check's matter. */
function compilerOutput(folder: string): string[] {
  const tsc = join(REPOSITORY, "node_modules/typescript/bin/tsc");
  const { stdout } = runCommand(process.execPath, [tsc, "-p", ".", "--pretty", "false"], { cwd: folder });
  let isOfPackages = false;
  return stdout.split("\n").filter((line) => {
    if (!line.startsWith(" ")) isOfPackages = line.startsWith("..");
    return line !== "" && !isOfPackages;
  });
}

/** As strict as the repository, but an example may name what it does not use. */
const CONFIG = {
  extends: join(REPOSITORY, "test/tsconfig.json"),
  include: ["*.ts"],
  exclude: [],
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
};

/** The text of a program whose line numbers are those of its document. */
export function programText(blocks: readonly Block[]): string {
  const lines: string[] = [];
  for (const block of blocks) {
    while (lines.length < block.line - 1) lines.push("");
    lines.push(...block.lines);
  }
  return `${lines.join("\n")}\nexport {};\n`;
}
