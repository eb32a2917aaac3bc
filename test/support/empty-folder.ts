import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];

/** A new folder below the system's own for temporary files, links resolved; it goes when the test file has ended. */
export function emptyFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "farthing-cli-")));
  made.push(folder);
  return folder;
}

/** Removes every folder that was made. */
export function removeEmptyFolders(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
}
