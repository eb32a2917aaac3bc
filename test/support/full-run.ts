import { describe } from "vitest";

/** Whether this run may download, start servers and take minutes: `FARTHING_FULL=1`. */
export const isFullRun: boolean = process.env["FARTHING_FULL"] === "1";

/** A suite of the full run; in an ordinary one it is skipped, and its title says what it needs. */
export function describeInFullRun(name: string, needs: string, suite: () => void): void {
  if (isFullRun) describe(name, suite);
  else describe.skip(`${name} (skipped: ${needs}; set FARTHING_FULL=1)`, suite);
}
