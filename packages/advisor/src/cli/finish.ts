import type { ExitCode } from "./exit-codes.ts";

/** Where a command leaves how it ended. */
export type Finish = (exitCode: ExitCode) => void;
