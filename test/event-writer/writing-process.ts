import { spawn, type ChildProcessByStdio } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { REPOSITORY } from "../support/repository.ts";

const EVENT_WRITER = pathToFileURL(join(REPOSITORY, "packages/adapters/dist/event-writer/index.js")).href;

/** A process of its own, in whose statements `openEventWriter` and everything in `values` is defined. */
export function aWritingProcess(
  values: Readonly<Record<string, unknown>>,
  statements: string,
): ChildProcessByStdio<null, Readable, Readable> {
  const script = [
    `import { openEventWriter } from ${JSON.stringify(EVENT_WRITER)};`,
    ...Object.entries(values).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`),
    statements,
  ].join("\n");
  return spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "pipe"] });
}
