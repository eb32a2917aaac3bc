import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { FOLDER_OF_TESTS } from "../../support/folder-of-tests.ts";

/** A new folder, as its real path, that is gone after the test. */
export function aFolder(): string {
  const path = realpathSync(mkdtempSync(join(FOLDER_OF_TESTS, "farthing-import-")));
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

/** Writes a file and the folders it needs; returns its path. */
export function write(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}
