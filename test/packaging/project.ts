import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf, runCommand, type CommandResult } from "../support/run-command.ts";
import { checksLibraries, SOURCES, type Consumer, type TypeScriptVersion } from "./consumers.ts";

/** Installs dependencies, by name and range or file, into a new project. Throws where the package manager fails. */
export function installProject(folder: string, dependencies: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  writeJson(join(folder, "package.json"), { name: "consumer", private: true, dependencies });
  outputOf("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder });
}

/** A release of TypeScript as a dependency that others can stand beside: its name, and what it is. */
export function compilerDependency(typescript: TypeScriptVersion): readonly [name: string, range: string] {
  return [`typescript-${typescript}`, `npm:typescript@${typescript}`];
}

/** Type-checks and builds one program inside an installed project. */
export function compileConsumer(
  project: string,
  folder: string,
  consumer: Consumer,
  typescript: TypeScriptVersion,
): CommandResult {
  const [compiler] = compilerDependency(typescript);
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
  const tsc = join(project, "node_modules", compiler, "bin/tsc");
  return runCommand(process.execPath, [tsc, "-p", "tsconfig.json"], { cwd: folder });
}

/** Runs a compiled program. */
export function runConsumer(folder: string): CommandResult {
  return runCommand(process.execPath, ["out/main.js"], { cwd: folder });
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
