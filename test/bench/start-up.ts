import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchContext, Benchmark } from "./benchmark.ts";
import { FARTHING } from "./farthing.ts";
import { inTurns, runProcess } from "./measure.ts";
import { figure, table, times } from "./show.ts";

const ROUNDS = 11;

/** What a program costs before it does anything. */
export const startUpBenchmark: Benchmark = {
  name: "start-up",
  title: "Start-up",
  async run(context) {
    const node = async (...args: readonly string[]) => (await runProcess(process.execPath, args)).seconds * 1000;
    const median = await inTurns(Math.max(ROUNDS, context.rounds), {
      floor: () => node("-e", "0"),
      version: () => node(FARTHING, "--version"),
      help: () => node(FARTHING, "report", "--help"),
      example: () => node(FARTHING, "report", "--example"),
    });
    const modules = {
      version: await modulesLoaded(context, "--version"),
      help: await modulesLoaded(context, "report", "--help"),
      example: await modulesLoaded(context, "report", "--example"),
    };
    const rows = [
      ["node -e 0", figure(median.floor), "", ""],
      [
        "farthing --version",
        figure(median.version),
        times(median.version, median.floor),
        String(modules.version.length),
      ],
      ["farthing report --help", figure(median.help), times(median.help, median.floor), String(modules.help.length)],
      [
        "farthing report --example",
        figure(median.example),
        times(median.example, median.floor),
        String(modules.example.length),
      ],
    ];
    for (const line of table([["", "ms", "to node -e 0", "modules"], ...rows])) context.print(line);
    context.found({
      row: "18",
      goal: "--version at most 1.3x node -e 0",
      figure: `${times(median.version, median.floor)}, ${String(modules.version.length)} modules`,
      holds: median.version <= 1.3 * median.floor,
    });
    context.found({
      row: "18",
      goal: "commands at most 1.6x node -e 0 before data",
      figure: `${times(median.help, median.floor)}, ${String(modules.help.length)} modules`,
      holds: median.help <= 1.6 * median.floor,
    });
    const heavy = modules.help.filter((url) => /node_modules\/(zod|@anthropic-ai|@pydantic)/.test(url));
    context.found({
      row: "18",
      goal: "neither zod nor an SDK loaded by commands that read",
      figure: heavy.length === 0 ? "none" : `${String(heavy.length)} modules of them`,
      holds: heavy.length === 0,
    });
  },
};

/** The files that a run loads, as the engine's own coverage lists them. */
async function modulesLoaded(context: BenchContext, ...args: readonly string[]): Promise<string[]> {
  const folder = mkdtempSync(join(context.folder, "coverage-"));
  try {
    await runProcess(process.execPath, [FARTHING, ...args], { env: { ...process.env, NODE_V8_COVERAGE: folder } });
    const urls = readdirSync(folder).flatMap((name) => {
      const { result } = JSON.parse(readFileSync(join(folder, name), "utf8")) as { result: { url: string }[] };
      return result.map(({ url }) => url);
    });
    return [...new Set(urls)].filter((url) => url.startsWith("file://"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
