import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { REPOSITORY } from "./repository.ts";

const FOLDER = "test/clients";

/** Whether other people's clients are there: they are installed by `.ci/run`, not with the workspace. */
const hasOtherClients: boolean = existsSync(join(REPOSITORY, FOLDER, "node_modules"));

/** A suite over other people's clients; where they are not installed it is skipped, and its title says how to. */
export function describeWithOtherClients(name: string, suite: () => void): void {
  if (hasOtherClients) {
    describe(name, suite);
  } else {
    describe.skip(`${name} (skipped: npx -y pnpm@10.34.9 --dir ${FOLDER} install)`, () => {
      it("has its clients");
    });
  }
}
