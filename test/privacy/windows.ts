import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The length of the shortest fragment that is looked for, in bytes. */
const FRAGMENT = 12;

/** Every fragment of some bytes. */
export function fragmentsOf(bytes: string): Set<string> {
  const found = new Set<string>();
  for (let at = 0; at + FRAGMENT <= bytes.length; at += 1) found.add(bytes.slice(at, at + FRAGMENT));
  return found;
}

/** A text as the bytes it is stored as, each as a character. */
function asBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** All bytes of all files below a folder, each as a character. */
export function bytesBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

/** The fragments of secrets that are among those stored, each once. */
export function fragmentsFound(secrets: Iterable<string>, stored: ReadonlySet<string>): readonly string[] {
  const found = new Set<string>();
  for (const secret of secrets) {
    // As it is, and as JSON would escape it.
    for (const bytes of new Set([asBytes(secret), asBytes(JSON.stringify(secret).slice(1, -1))])) {
      for (let at = 0; at + FRAGMENT <= bytes.length; at += 1) {
        const fragment = bytes.slice(at, at + FRAGMENT);
        if (stored.has(fragment)) found.add(fragment);
      }
    }
  }
  return [...found];
}
