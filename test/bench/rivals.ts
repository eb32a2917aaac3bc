import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** This folder, whether it is run from its sources or compiled. */
export const BENCH_FOLDER = fileURLToPath(new URL(import.meta.url.includes("/dist/") ? ".." : ".", import.meta.url));

/** Packages that the benchmarks compare with: those of test/bench/package.json. */
export interface Rivals {
  /** The package's module, or null, said why, where it is not installed or does not load. */
  load<T>(name: string): Promise<T | null>;
  /** The absolute path of a file of a package; null as above. */
  file(name: string, path: string): string | null;
}

const PNPM = "pnpm@10.34.9";

/** Installs what is not installed yet, by the folder's own lockfile. What cannot be had is left out and named. */
export function installRivals(print: (line: string) => void): Rivals {
  if (!existsSync(join(BENCH_FOLDER, "node_modules"))) {
    print("installing what to compare with, once; better-sqlite3 may have to be compiled, which takes minutes");
    const args = ["-y", PNPM, "install", "--frozen-lockfile"];
    const { status, stdout, stderr } = spawnSync("npx", args, { cwd: BENCH_FOLDER, encoding: "utf8" });
    if (status !== 0) print(`not all could be installed: ${(stdout + stderr).trim().slice(-500)}`);
  }
  const require = createRequire(join(BENCH_FOLDER, "package.json"));
  const skipped = new Set<string>();
  const skip = (name: string, error: unknown): null => {
    if (!skipped.has(name)) print(`skipped: ${name}: ${error instanceof Error ? error.message : String(error)}`);
    skipped.add(name);
    return null;
  };
  return {
    async load<T>(name: string) {
      try {
        return (await import(pathToFileURL(require.resolve(name)).href)) as T;
      } catch (error) {
        return skip(name, error);
      }
    },
    file(name, path) {
      const found = join(BENCH_FOLDER, "node_modules", name, path);
      return existsSync(found) ? found : skip(name, new Error(`there is no ${found}`));
    },
  };
}
