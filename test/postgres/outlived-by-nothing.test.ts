import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";
import { REPOSITORY } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

it("what a process is watched over for ends, and its folder goes, when that process is killed", async () => {
  const folder = join(temporaryFolder(), "data");
  mkdirSync(folder);
  const module = join(temporaryFolder(), "watch.mjs");
  const bundle = await rolldown({
    input: join(REPOSITORY, "test/support/outlived-by-nothing.ts"),
    platform: "node",
    external: /^node:/,
  });
  await bundle.write({ file: module, format: "esm" });
  await bundle.close();
  const script = `
    import { spawn } from "node:child_process";
    import { watchOver } from ${JSON.stringify(pathToFileURL(module).href)};
    const watcher = watchOver(${JSON.stringify(folder)});
    const server = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000); console.log('runs')"], { detached: true, stdio: "inherit" });
    watcher.watch(server.pid);
    setTimeout(() => {}, 60_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  // The server has the same output, which closes when both are gone.
  const closed = once(child, "close");
  await once(child.stdout, "data");
  expect(existsSync(folder)).toBe(true);
  child.kill("SIGKILL");
  await closed;
  for (let turn = 0; existsSync(folder) && turn < 1_000; turn += 1) await wait(10);
  expect(existsSync(folder)).toBe(false);
});
