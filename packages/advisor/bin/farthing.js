#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);

// Published packages always hold dist; a repository that was cloned but not built does not.
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write("farthing is not built yet; in its repository, first run: npx -y pnpm@10.34.9 build\n");
  process.exitCode = 1;
}
