import { readdirSync } from "node:fs";
import { join } from "node:path";

/** Path of the one segment of a small ledger. */
export function onlySegmentOf(ledgerPath: string): string {
  const folder = join(ledgerPath, "segments");
  const [name, ...others] = readdirSync(folder);
  if (name === undefined || others.length > 0) throw new Error(`${folder} holds ${String(others.length + 1)} files`);
  return join(folder, name);
}

/** Every path in a folder, in order; to show that nothing was made or removed. */
export function pathsIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}
