import { join } from "node:path";
import { v7 } from "uuid";
import { InvalidKeyError, LedgerFormatError } from "../../errors.ts";
import { formatKey, parseKey, type LedgerKey } from "../../privacy/ledger-key.ts";
import type { FileSystem } from "./file-system.ts";
import { systemCode, unavailable, withPath } from "./unavailable.ts";
import { appendDurably } from "./write-durably.ts";

const KEY_NAME = "key";

/**
 * The key in a ledger's folder; null where there is none.
 *
 * @throws LedgerFormatError for a file that holds no key.
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function readKeyFile(root: string, fileSystem: FileSystem): Promise<LedgerKey | null> {
  const path = join(root, KEY_NAME);
  let bytes: Uint8Array;
  try {
    bytes = await fileSystem.readFile(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw unavailable(path, error);
  }
  try {
    return parseKey(Buffer.from(bytes).toString("latin1"));
  } catch (error) {
    if (!(error instanceof InvalidKeyError)) throw error;
    throw new LedgerFormatError(
      path,
      "is damaged: it holds no key; restore it from a copy, or give the key another way",
    );
  }
}

/**
 * The key in a ledger's folder, made from random bytes where there is none.
 *
 * The file appears with its content, by linking, so that of several processes that make one all end up with the same.
 * Only its owner may read it.
 */
export async function openKeyFile(root: string, fileSystem: FileSystem, newKey: () => Uint8Array): Promise<LedgerKey> {
  const held = await readKeyFile(root, fileSystem);
  if (held !== null) return held;
  const path = join(root, KEY_NAME);
  const draft = `${path}.${v7()}.tmp`;
  await withPath(path, async () => {
    const file = await fileSystem.open(draft, "create-private");
    try {
      await appendDurably(file, Buffer.from(`${formatKey(newKey())}\n`, "latin1"));
    } finally {
      await file.close();
    }
    try {
      await fileSystem.link(draft, path);
    } catch (error) {
      if (systemCode(error) !== "EEXIST") throw error;
    } finally {
      await fileSystem.remove(draft);
    }
    await fileSystem.syncFolder(root);
  });
  return (await readKeyFile(root, fileSystem)) ?? openKeyFile(root, fileSystem, newKey);
}
