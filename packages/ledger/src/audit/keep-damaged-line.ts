import { basename, join } from "node:path";
import type { FileSystem, OpenFile } from "../store/file/file-system.ts";
import { keep } from "../store/file/torn-tail.ts";
import { withPath } from "../store/file/unavailable.ts";
import { namesIn } from "../store/file/names-in.ts";

const CHUNK_BYTES = 65_536;
const NEWLINE = 0x0a;

/**
 * Copies the bytes of a line, its newline excluded, to a file `<segment>.<byte>` of a folder; null where a copy is
 * there already.
 *
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function keepDamagedLine(
  fileSystem: FileSystem,
  path: string,
  byte: number,
  folder: string,
): Promise<{ readonly bytes: number; readonly path: string } | null> {
  return withPath(path, async () => {
    const file = await fileSystem.open(path, "read");
    try {
      const bytes = await readLineAt(file, byte);
      const name = `${basename(path)}.${String(byte)}`;
      for (const other of await namesIn(folder, fileSystem)) {
        if (other !== name && !other.startsWith(`${name}.`)) continue;
        if (bytes.equals(await fileSystem.readFile(join(folder, other)))) return null;
      }
      await keep(fileSystem, folder, name, bytes);
      return { bytes: bytes.length, path: join(folder, name) };
    } finally {
      await file.close();
    }
  });
}

async function readLineAt(file: OpenFile, byte: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (let at = byte; ; at += CHUNK_BYTES) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const filled = chunk.subarray(0, await file.read(chunk, CHUNK_BYTES, at));
    const newline = filled.indexOf(NEWLINE);
    chunks.push(newline === -1 ? filled : filled.subarray(0, newline));
    if (newline !== -1 || filled.length === 0) return Buffer.concat(chunks);
  }
}
