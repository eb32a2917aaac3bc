import { parseInstant } from "@farthing/ledger";
import type { CommandIo } from "../../packages/advisor/src/cli/io.ts";
import { run } from "../../packages/advisor/src/cli/run.ts";
import { emptyFolder } from "./empty-folder.ts";

export { emptyFolder };

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: a new empty folder. */
  readonly cwd?: string;
  /** Default: a new empty folder. */
  readonly home?: string;
  readonly terminal?: { readonly columns: number };
  readonly threads?: CommandIo["threads"];
}

/** What the clock says in every run that does not fix it. */
export const CLI_NOW = "2026-11-22T12:00:00.000Z";

/** Runs one command in this process, in a world of its own. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const written = { stdout: "", stderr: "" };
  const sink = (name: "stdout" | "stderr") => ({
    write: (text: string) => {
      written[name] += text;
    },
    ...(options.terminal === undefined ? {} : { isTTY: true, columns: options.terminal.columns }),
  });
  const exitCode = await run(args, {
    env: options.env ?? {},
    cwd: options.cwd ?? emptyFolder(),
    home: options.home ?? emptyFolder(),
    stdout: sink("stdout"),
    stderr: sink("stderr"),
    stdin: pieces(options.stdin ?? ""),
    now: () => parseInstant(CLI_NOW),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  return { exitCode, ...written };
}

/** Input arrives in pieces that respect neither lines nor characters. */
async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let start = 0; start < bytes.length; start += 997) {
    yield await Promise.resolve(bytes.subarray(start, start + 997));
  }
}
