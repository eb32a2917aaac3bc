// The licences that a bundled file has to quote.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Up to the name of the innermost package that a module is in. */
const PACKAGE_FOLDER = /^.*node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

/**
 * The licences of the packages that modules of a file are from, as they ask for; nothing where all are our own.
 *
 * @param {readonly string[]} modules
 */
export function noticesOf(modules) {
  const folders = new Set(modules.flatMap((path) => PACKAGE_FOLDER.exec(path)?.[0] ?? []));
  return folders.size === 0 ? "" : `/*\n${[...folders].sort().map(noticeOf).join("\n\n")}\n*/`;
}

/** @param {string} folder */
function noticeOf(folder) {
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${folder} has no licence file to quote`);
  return `${basename(folder)}\n\n${readFileSync(join(folder, file), "utf8").trim().replaceAll("*/", "* /")}`;
}
