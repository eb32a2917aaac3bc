import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What a module exports, by name. */
type Exports = Readonly<Record<string, unknown>>;

/** Loads a module from its file. Throws what importing it throws. */
export async function loadFile(path: string): Promise<Exports> {
  return (await import(pathToFileURL(path).href)) as Exports;
}

/** Loads a package as it is installed at the first of some folders that has it; null where none has. */
export async function loadPackage(name: string, folders: readonly string[]): Promise<Exports | null> {
  for (const folder of folders) {
    const path = installedAt(name, folder);
    if (path !== null) return loadFile(path);
  }
  return null;
}

function installedAt(name: string, folder: string): string | null {
  try {
    return createRequire(join(folder, "package.json")).resolve(name);
  } catch {
    return null;
  }
}
