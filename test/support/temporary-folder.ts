import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { FOLDER_OF_TESTS } from "./folder-of-tests.ts";

/** A new empty folder that is removed when the test has finished. */
export function temporaryFolder(below: string = FOLDER_OF_TESTS): string {
  const folder = mkdtempSync(join(below, "farthing-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
