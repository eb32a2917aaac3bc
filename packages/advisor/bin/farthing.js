#!/usr/bin/env node
import { existsSync, statSync } from "node:fs";

const compiled = new URL("../dist/cli/main.js", import.meta.url);
const bundled = new URL("../dist/command/main.js", import.meta.url);

// Published packages always hold dist; a repository that was cloned but not built does not.
if (isCurrent(bundled)) {
  await import(bundled.href);
} else if (existsSync(compiled)) {
  await import(compiled.href);
} else {
  process.stderr.write("farthing is not built yet; in its repository, first run: npx -y pnpm@10.34.9 build\n");
  process.exitCode = 1;
}

/**
 * Whether a bundle is there, and not older than what the compiler made, of which only a repository has a record.
 *
 * @param {URL} bundle
 */
function isCurrent(bundle) {
  const bundledAt = statSync(bundle, { throwIfNoEntry: false })?.mtimeMs;
  if (bundledAt === undefined) return false;
  return ["../dist", "../../ledger/dist", "../../adapters/dist"].every((folder) => {
    const record = statSync(new URL(`${folder}/.tsbuildinfo`, import.meta.url), { throwIfNoEntry: false });
    return record === undefined || record.mtimeMs <= bundledAt;
  });
}
