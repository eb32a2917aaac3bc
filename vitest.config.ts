import { defineConfig } from "vitest/config";
import { COMPILED, compiledPackages } from "./test/support/compiled-packages.ts";
import { LongestFirst } from "./test/support/longest-first.ts";

const isFullRun = process.env["FARTHING_FULL"] === "1";

export default defineConfig({
  // Tests import the packages by name and run their sources, so that nothing need be built to watch them. A full run looks at
  // what was compiled before it, as users have it: Vitest's own form of a module takes an eighth longer. Without `module`,
  // which bundlers ask for and Node does not: some clients answer it with files that only a bundler can load.
  ssr: { resolve: { conditions: [...(isFullRun ? [] : ["@farthing/source"]), "node", "development|production"] } },
  plugins: isFullRun ? [compiledPackages()] : [],
  test: {
    include: ["test/**/*.test.ts"],
    // A limit against hanging, not against slowness: machines differ, the packaging checks run beside the rest, and a full
    // run looks at very many cases in one test.
    testTimeout: isFullRun ? 600_000 : 60_000,
    hookTimeout: isFullRun ? 600_000 : 120_000,
    // Half of it waits for processes and disks. By default one processor is left to itself, of two.
    maxWorkers: "100%",
    sequence: { sequencer: LongestFirst },
    exclude: ["test/bench/**", "test/.generated/**", "**/node_modules/**"],
    // Hardly any module keeps state, and loading them anew for every file takes longer than most files.
    isolate: false,
    setupFiles: ["test/support/after-each-file.ts"],
    globalSetup: ["test/support/build-setup.ts"],
    reporters: ["default", "./test/support/reporter.ts"],
    server: { deps: { external: [COMPILED] } },
    typecheck: { tsconfig: "test/tsconfig.json" },
  },
});
