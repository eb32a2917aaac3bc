import { join } from "node:path";
import { expect } from "vitest";
import { REPOSITORY } from "./repository.ts";
import { runCommand } from "./run-command.ts";

const FARTHING = join(REPOSITORY, "packages/advisor/bin/farthing.js");

/** Urls of the modules that Node reports as translated while the built command runs to a good end. */
export function modulesLoadedBy(args: readonly string[]): readonly string[] {
  const { exitCode, stderr } = runCommand(process.execPath, [FARTHING, ...args], {
    cwd: REPOSITORY,
    env: { ...process.env, NODE_DEBUG: "esm" },
  });
  expect(exitCode).toBe(0);
  return [...stderr.matchAll(/Translating \w+ (\S+)/g)].map(([, url = ""]) => url);
}
