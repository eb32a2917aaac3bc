import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
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
    const ledger = await ledgerOfOneResponse(context);
    const bare = commandWithoutDrawing(context);
    const median = await inTurns(Math.max(ROUNDS, context.rounds), {
      floor: () => node("-e", "0"),
      version: () => node(FARTHING, "--version"),
      help: () => node(FARTHING, "report", "--help"),
      report: () => node(FARTHING, "report", "--ledger", ledger),
      bare: () => node(bare, "report", "--ledger", ledger),
      example: () => node(FARTHING, "report", "--example"),
    });
    const modules = {
      version: await modulesLoaded(context, FARTHING, "--version"),
      help: await modulesLoaded(context, FARTHING, "report", "--help"),
      report: await modulesLoaded(context, FARTHING, "report", "--ledger", ledger),
      bare: await modulesLoaded(context, bare, "report", "--ledger", ledger),
      example: await modulesLoaded(context, FARTHING, "report", "--example"),
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
        "farthing report, of one response",
        figure(median.report),
        times(median.report, median.floor),
        String(modules.report.length),
      ],
      [
        "  where nothing that draws or compares is there",
        figure(median.bare),
        times(median.bare, median.floor),
        String(modules.bare.length),
      ],
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
    // The bare one is started by its main file, the other by the program that a package names, which is one module more.
    const loaded = modules.report.filter((url) => !url.endsWith("/bin/farthing.js"));
    context.found({
      row: "18",
      goal: "report at most 1.05x itself without what draws and compares",
      figure: `${times(median.report, median.bare)}, ${String(loaded.length)} modules and ${String(modules.bare.length)}`,
      holds: median.report <= 1.05 * median.bare && loaded.length === modules.bare.length,
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

/** A ledger whose report is asked once, so that everything derived from it is there. */
async function ledgerOfOneResponse({ folder }: BenchContext): Promise<string> {
  const own = mkdtempSync(join(folder, "start-up-"));
  const [file, path] = [join(own, "events.ndjson"), join(own, "ledger")];
  writeFileSync(file, EVENT_LINE);
  await runProcess(process.execPath, [FARTHING, "import", "events", file, "--ledger", path]);
  await runProcess(process.execPath, [FARTHING, "report", "--ledger", path]);
  return path;
}

const EVENT_LINE = `{"at":"2026-11-01T10:00:00Z","model":"claude-opus-5","usage":{"input_tokens":9,"output_tokens":9}}\n`;

/** The files of the bundled command that draw a page, or say why a cost changed. */
const DRAWING_OR_COMPARING = /d3-scale|shapley/;

/** The main file of a copy of the command that could not draw or compare. */
function commandWithoutDrawing({ folder }: BenchContext): string {
  const root = mkdtempSync(join(folder, "command-"));
  const copy = join(root, "dist/command");
  const advisor = fileURLToPath(new URL("..", pathToFileURL(FARTHING)));
  cpSync(join(advisor, "dist/command"), copy, { recursive: true });
  cpSync(join(advisor, "package.json"), join(root, "package.json"));
  for (const name of readdirSync(copy)) {
    if (DRAWING_OR_COMPARING.test(readFileSync(join(copy, name), "utf8"))) rmSync(join(copy, name));
  }
  return join(copy, "main.js");
}

/** The files that a run loads, as the engine's own coverage lists them. */
async function modulesLoaded(context: BenchContext, program: string, ...args: readonly string[]): Promise<string[]> {
  const folder = mkdtempSync(join(context.folder, "coverage-"));
  try {
    await runProcess(process.execPath, [program, ...args], { env: { ...process.env, NODE_V8_COVERAGE: folder } });
    const urls = readdirSync(folder).flatMap((name) => {
      const { result } = JSON.parse(readFileSync(join(folder, name), "utf8")) as { result: { url: string }[] };
      return result.map(({ url }) => url);
    });
    return [...new Set(urls)].filter((url) => url.startsWith("file://"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
