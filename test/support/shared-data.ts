import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../../shared/data/", import.meta.url));

/** The absolute path of a recorded input beside the repository, or null where it is absent. */
export function sharedData(path: string): string | null {
  return existsSync(ROOT + path) ? ROOT + path : null;
}

/** A suite over recorded inputs; where they are absent it is skipped, and its title says so. */
export function describeWithSharedData(name: string, path: string, suite: (absolutePath: string) => void): void {
  const absolutePath = sharedData(path);
  if (absolutePath === null) {
    // The suite itself may read its input to name its tests, so not even its titles can be had.
    describe.skip(`${name} (skipped: ../shared/data/${path} is absent)`, () => {
      it("has its input");
    });
  } else {
    describe(name, () => {
      suite(absolutePath);
    });
  }
}
