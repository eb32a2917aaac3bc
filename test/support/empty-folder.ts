import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { FOLDER_OF_TESTS } from "./folder-of-tests.ts";

const made: string[] = [];

/** A new folder, links resolved; it goes when the test file has ended. */
export function emptyFolder(): string {
  const folder = realpathSync(mkdtempSync(join(FOLDER_OF_TESTS, "farthing-cli-")));
  made.push(folder);
  return folder;
}

/** Removes every folder that was made. */
export function removeEmptyFolders(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
}
