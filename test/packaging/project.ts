import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { downloadEnvironment } from "../support/extra-certificates.ts";
import { outputOf, runCommand, type CommandResult } from "../support/run-command.ts";
import { checksLibraries, SOURCES, TYPESCRIPT_VERSIONS, type Consumer, type TypeScriptVersion } from "./consumers.ts";

/** Installs dependencies, by name and range or file, into a new project. Throws where the package manager fails. */
export function installProject(folder: string, dependencies: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  writeJson(join(folder, "package.json"), { name: "consumer", private: true, dependencies });
  outputOf("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    env: downloadEnvironment(),
  });
}

/** A release of TypeScript as a dependency that others can stand beside: its name, and what it is. */
function compilerDependency(typescript: TypeScriptVersion): readonly [name: string, range: string] {
  return [`typescript-${typescript}`, `npm:typescript@${typescript}`];
}

/** A program of its own inside an installed project. */
export interface Program {
  readonly folder: string;
  readonly consumer: Consumer;
}

/** Installs every release of TypeScript into one folder. */
export function installCompilers(folder: string): void {
  installProject(folder, Object.fromEntries(TYPESCRIPT_VERSIONS.map(compilerDependency)));
}

/**
 * Type-checks and builds programs with one release of the compiler, which reads what they share once. It prints what is wrong
 * with any of them.
 */
export function compilePrograms(
  programs: readonly Program[],
  typescript: TypeScriptVersion,
  compilers: string,
): CommandResult {
  for (const { folder, consumer } of programs) writeProgram(folder, consumer, typescript);
  const [compiler] = compilerDependency(typescript);
  const tsc = join(compilers, "node_modules", compiler, "bin/tsc");
  return runCommand(process.execPath, [tsc, "-b", ...programs.map(({ folder }) => folder)], { cwd: compilers });
}

function writeProgram(folder: string, consumer: Consumer, typescript: TypeScriptVersion): void {
  mkdirSync(folder, { recursive: true });
  writeJson(join(folder, "package.json"), { name: "program", private: true, type: consumer.type });
  writeFileSync(join(folder, "main.ts"), SOURCES[consumer.source]);
  writeJson(join(folder, "tsconfig.json"), {
    compilerOptions: {
      target: "es2022",
      strict: true,
      // Ours and what it builds on is checked, not TypeScript's own.
      skipDefaultLibCheck: true,
      skipLibCheck: !checksLibraries(consumer, typescript),
      types: ["node"],
      rootDir: ".",
      outDir: "out",
      ...consumer.compilerOptions,
    },
    files: ["main.ts"],
  });
}

const runs = new Map<string, CommandResult>();

/** Runs a compiled program. What several compilers made alike, beside the same packages, is run once. */
export function runConsumer(folder: string): CommandResult {
  const files = [join(folder, "package.json"), join(folder, "out/main.js")];
  const key = [dirname(folder), ...files.map((file) => readFileSync(file, "utf8"))].join("\0");
  const result = runs.get(key) ?? runCommand(process.execPath, ["out/main.js"], { cwd: folder });
  runs.set(key, result);
  return result;
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
