import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf, runCommand, type CommandResult } from "../support/run-command.ts";
import { SOURCES, type Consumer } from "./consumers.ts";

/** Installs dependencies, by name and range or file, into a new project. Throws where the package manager fails. */
export function installProject(folder: string, dependencies: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  writeJson(join(folder, "package.json"), { name: "consumer", private: true, dependencies });
  outputOf("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder });
}

/** Type-checks and builds one program inside an installed project, libraries included. */
export function compileConsumer(project: string, folder: string, consumer: Consumer): CommandResult {
  mkdirSync(folder, { recursive: true });
  writeJson(join(folder, "package.json"), { name: "program", private: true, type: consumer.type });
  writeFileSync(join(folder, "main.ts"), SOURCES[consumer.source]);
  writeJson(join(folder, "tsconfig.json"), {
    compilerOptions: {
      target: "es2022",
      strict: true,
      // Ours and what it builds on is checked, not TypeScript's own; and once of those ways that find the same files.
      skipDefaultLibCheck: true,
      skipLibCheck: !consumer.checksLibraries,
      types: ["node"],
      rootDir: ".",
      outDir: "out",
      ...consumer.compilerOptions,
    },
    files: ["main.ts"],
  });
  return runCommand(process.execPath, [join(project, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.json"], {
    cwd: folder,
  });
}

/** Runs a compiled program. */
export function runConsumer(folder: string): CommandResult {
  return runCommand(process.execPath, ["out/main.js"], { cwd: folder });
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
