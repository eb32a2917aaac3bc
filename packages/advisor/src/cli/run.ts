import { CommanderError } from "commander";
import { describeFailure } from "./describe-failure.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";
import type { CommandIo } from "./io.ts";
import { warn } from "./messages.ts";
import { createProgram } from "./program/program.ts";

/**
 * Runs one command.
 *
 * @param argv The arguments after the program's name.
 * @returns The exit code; every failure has been described on stderr by then.
 */
export async function run(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const program = createProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    // Help and version end this way too; what there was to say has been said.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
    const failure = describeFailure(error);
    warn(io, failure.message);
    return failure.exitCode;
  }
}
