import { spawn } from "node:child_process";
import { on, once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { rolldown } from "rolldown";
import { folderFor, type Example } from "./examples.ts";
import { programText } from "./type-check.ts";

/** What an example that was run left behind. */
export interface ExampleRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Where it ran, with whatever it wrote. */
  readonly folder: string;
}

/** The hands of whoever uses a program while it runs. */
interface Hands {
  /** Resolves when it has printed a line that matches. */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

export type Drive = (hands: Hands) => Promise<void>;

export interface RunOptions {
  readonly drive?: Drive;
  readonly calls?: string;
}

/**
 * Runs examples one after the other, as programs of a package named `shop`, in a folder of their own that is empty at first
 * and removed after `look` at what the last one left.
 *
 * The environment is the one given: what a client reads from it, such as the address of the API, is the test's to say.
 */
export async function runExamples(
  examples: readonly Example[],
  env: NodeJS.ProcessEnv,
  options: RunOptions,
  look: (run: ExampleRun) => Promise<void>,
): Promise<void> {
  const generated = folderFor(examples.flatMap(({ needs }) => needs));
  mkdirSync(generated, { recursive: true });
  const folder = mkdtempSync(join(generated, "example-"));
  try {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "shop", version: "1.4.0", type: "module" }));
    let last: ExampleRun | null = null;
    for (const example of examples) last = await runIn(folder, example, env, options);
    if (last !== null) await look(last);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runIn(
  folder: string,
  example: Example,
  env: NodeJS.ProcessEnv,
  { drive, calls }: RunOptions,
): Promise<ExampleRun> {
  writeFileSync(join(folder, "source.ts"), programText(example.blocks));
  let program = await compiledExample(folder, example.isCommonJs);
  if (calls !== undefined) {
    const caller = join(folder, "caller.mjs");
    writeFileSync(caller, `import * as example from ${JSON.stringify(program)};\n${calls}\n`);
    program = caller;
  }
  const child = spawn(process.execPath, [program], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, TZ: "UTC", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 30_000,
  });
  const driven = drive?.({
    async printed(pattern) {
      let seen = "";
      for await (const [chunk] of on(child.stdout, "data")) {
        seen += String(chunk);
        const found = pattern.exec(seen);
        if (found !== null) return found;
      }
      throw new Error(`it never printed ${String(pattern)}`);
    },
    kill: (signal) => child.kill(signal),
  });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
    driven,
  ]);
  return { exitCode, stdout, stderr, folder };
}

/** The program in `source.ts` of a folder as JavaScript; packages are left to Node. */
export async function compiledExample(folder: string, isCommonJs: boolean): Promise<string> {
  const bundle = await rolldown({
    input: join(folder, "source.ts"),
    platform: "node",
    external: (id) => !id.endsWith("source.ts"),
    treeshake: false,
  });
  const file = join(folder, isCommonJs ? "program.cjs" : "program.mjs");
  await bundle.write({ file, format: isCommonJs ? "cjs" : "esm" });
  await bundle.close();
  return file;
}
