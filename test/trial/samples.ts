import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { emptyFolder, runCli, type CliResult } from "../support/run-cli.ts";

/** What nobody may find anywhere but on the way to the API. */
export const SECRET = "the-prompt-of-ada";

/** A line of a file of samples, of Sonnet 5. */
export function aSample(number: number, overrides: Readonly<Record<string, unknown>> = {}): object {
  const params = {
    model: "claude-sonnet-5",
    max_tokens: 200,
    messages: [{ role: "user", content: `${SECRET} ${String(number)}` }],
  };
  return { params, ...overrides };
}

export function samples(
  count: number,
  overrides: (number: number) => Readonly<Record<string, unknown>> = () => ({}),
): string {
  return Array.from({ length: count }, (_, number) => `${JSON.stringify(aSample(number, overrides(number)))}\n`).join(
    "",
  );
}

export interface TrialRun extends CliResult {
  readonly folder: string;
  readonly ledger: string;
}

export interface TrialWorld {
  readonly folder?: string;
  readonly ledger?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `farthing trial` against an API, in a folder with a file of samples and a ledger of its own. */
export async function trialOn(
  url: string,
  lines: string,
  flags: readonly string[] = [],
  { folder = emptyFolder(), ledger = join(folder, "ledger"), env = {} }: TrialWorld = {},
): Promise<TrialRun> {
  writeFileSync(join(folder, "samples.ndjson"), lines);
  const fixed = ["trial", "--samples", "samples.ndjson", "--model", "claude-haiku-5-5", "--ledger", ledger];
  const result = await runCli([...fixed, ...flags], {
    cwd: folder,
    env: { ANTHROPIC_API_KEY: "sk-ant-secret", ANTHROPIC_BASE_URL: url, ...env },
  });
  return { ...result, folder, ledger };
}

/** What a run prints as JSON. */
export function printed({ stdout }: { readonly stdout: string }): Readonly<Record<string, unknown>> {
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}
