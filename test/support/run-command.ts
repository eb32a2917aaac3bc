import { spawnSync } from "node:child_process";

/** What a finished command left behind. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd: string;
  /** Replaces the environment of the tests; without it they share theirs. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a command to its end without a terminal. Throws only where it cannot be started. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions): CommandResult {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  return { exitCode: status ?? 128, stdout, stderr };
}

/** The standard output of a command that must succeed. Throws with all it printed where it does not. */
export function outputOf(command: string, args: readonly string[], options: CommandOptions): string {
  const { exitCode, stdout, stderr } = runCommand(command, args, options);
  if (exitCode !== 0) throw new Error(`${command} ${args.join(" ")} exited with ${exitCode}\n${stdout}\n${stderr}`);
  return stdout;
}
