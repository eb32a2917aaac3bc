import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";

/** Linux keeps what is in this folder in memory. */
const IN_MEMORY = "/dev/shm";
const ENOUGH_BYTES = 2 ** 31;

/**
 * Where tests make their folders: in memory where that has room, because a sync to a disk takes longer than most of what is
 * tested. What a disk may lose is tested on one that is made up, `crash-disk.ts`.
 */
export const FOLDER_OF_TESTS: string = hasRoom() ? IN_MEMORY : tmpdir();

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    return process.env["TMPDIR"] === undefined && bavail * bsize > ENOUGH_BYTES;
  } catch {
    return false;
  }
}
