import { open, rename, rm } from "node:fs/promises";

/** Replaces a file by a new one, so that a reader sees the old text or the new, and a failure leaves the old. */
export async function writeAtomically(path: string, text: string): Promise<void> {
  const temporary = `${path}.${String(process.pid)}.tmp`;
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    // Nobody knows the other name.
    throw error instanceof Error && "path" in error ? Object.assign(error, { path }) : error;
  }
}
