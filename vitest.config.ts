import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longest-first.ts";

export default defineConfig({
  // Tests import the packages by name and run their sources, so no build is needed first. Without `module`, which bundlers
  // ask for and Node does not: some clients answer it with files that only a bundler can load.
  ssr: { resolve: { conditions: ["@farthing/source", "node", "development|production"] } },
  test: {
    include: ["test/**/*.test.ts"],
    // A limit against hanging, not against slowness: machines differ, the packaging checks run beside the rest, and a full
    // run looks at very many cases in one test.
    testTimeout: process.env["FARTHING_FULL"] === "1" ? 600_000 : 60_000,
    hookTimeout: process.env["FARTHING_FULL"] === "1" ? 600_000 : 120_000,
    // Half of it waits for processes and disks. By default one processor is left to itself, of two.
    maxWorkers: "100%",
    sequence: { sequencer: LongestFirst },
    exclude: ["test/bench/**", "test/.generated/**", "**/node_modules/**"],
    // Hardly any module keeps state, and loading them anew for every file takes longer than most files.
    isolate: false,
    setupFiles: ["test/support/after-each-file.ts"],
    globalSetup: ["test/support/build-setup.ts"],
    reporters: ["default", "./test/support/reporter.ts"],
    typecheck: { tsconfig: "test/tsconfig.json" },
  },
});
