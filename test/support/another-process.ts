import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { REPOSITORY } from "./repository.ts";

export interface ProcessResult {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs statements in a process of their own, where `openLedger` and everything in `values` is defined. */
export async function inAnotherProcess(
  values: Readonly<Record<string, unknown>>,
  statements: string,
): Promise<ProcessResult> {
  const index = pathToFileURL(join(REPOSITORY, "packages/ledger/dist/index.js")).href;
  const script = [
    `import { openLedger } from ${JSON.stringify(index)};`,
    ...Object.entries(values).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`),
    statements,
  ].join("\n");
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [exitCode, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null, string | null]>,
  ]);
  return { exitCode, signal, stdout, stderr };
}
