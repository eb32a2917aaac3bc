import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Removes what an earlier bundle left in a folder. After the new one is there: a program that runs meanwhile finds each
 * file that did not change.
 *
 * @param {string} folder
 * @param {readonly { readonly fileName: string }[]} kept
 */
export function dropOthers(folder, kept) {
  const names = new Set(kept.map(({ fileName }) => fileName));
  for (const name of readdirSync(folder)) if (!names.has(name)) rmSync(join(folder, name), { recursive: true });
}
