import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { REPOSITORY } from "../support/repository.ts";
import { runCommand } from "../support/run-command.ts";

/** The machine of a reader who follows a document from its top, in the folder /home/ada/shop. */
export interface ReaderMachine {
  /** Runs a command line and returns what a terminal would show. */
  run(command: string): { readonly exitCode: number; readonly shown: string };
  remove(): void;
}

/** A fresh machine: Claude Code has been used in the shop, and `usage.ndjson` holds calls of a service. */
export function newReaderMachine(): ReaderMachine {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "farthing-docs-")));
  const home = join(root, "home/ada");
  const shop = join(home, "shop");
  const programs = join(root, "bin");
  const fixture = join(REPOSITORY, "test/docs/fixture");
  mkdirSync(shop, { recursive: true });
  mkdirSync(programs);
  cpSync(join(fixture, "projects"), join(home, ".claude/projects"), { recursive: true });
  cpSync(join(fixture, "shop"), shop, { recursive: true });
  const farthing = join(REPOSITORY, "packages/advisor/bin/farthing.js");
  writeFileSync(join(programs, "farthing"), `#!/bin/sh\nexec "${process.execPath}" "${farthing}" "$@"\n`);
  chmodSync(join(programs, "farthing"), 0o755);
  const env = {
    HOME: home,
    PATH: [programs, process.env["PATH"]].join(delimiter),
    TZ: "UTC",
    LANG: "C.UTF-8",
    NO_COLOR: "1",
  };
  return {
    run(command) {
      const { exitCode, stdout } = runCommand("sh", ["-c", `{ ${command}\n} 2>&1`], { cwd: shop, env });
      return { exitCode, shown: stdout.replaceAll(root, "") };
    },
    remove() {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
