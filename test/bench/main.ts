import { mkdirSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { BenchContext, Benchmark, Finding } from "./benchmark.ts";
import { appendBenchmark } from "./append.ts";
import { captureBenchmark } from "./capture.ts";
import { commandsBenchmark } from "./commands.ts";
import { importBenchmark } from "./import.ts";
import { benchLedger, isGenerated } from "./ledger/generate-ledger.ts";
import { priceBenchmark } from "./price.ts";
import { recordBenchmark } from "./record.ts";
import { replayBenchmark } from "./replay.ts";
import { installRivals } from "./rivals.ts";
import { size, table } from "./show.ts";
import { sharedBenchmark } from "./shared.ts";
import { simulateBenchmark } from "./simulate.ts";
import { startUpBenchmark } from "./start-up.ts";
import { verifyBenchmark } from "./verify.ts";

const BENCHMARKS: readonly Benchmark[] = [
  recordBenchmark,
  appendBenchmark,
  commandsBenchmark,
  replayBenchmark,
  simulateBenchmark,
  verifyBenchmark,
  sharedBenchmark,
  startUpBenchmark,
  priceBenchmark,
  importBenchmark,
  captureBenchmark,
];

/** What a generated ledger and what is derived from it take, with room to append. */
const BYTES_PER_EVENT = 3_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: "boolean", default: false },
    events: { type: "string", default: "1000000,10000000" },
    folder: { type: "string", default: join(tmpdir(), "farthing-bench") },
    rounds: { type: "string", default: "5" },
    seed: { type: "string", default: "1" },
  },
});

if (values.help) {
  console.log(`bench [--events N,N] [--rounds N] [--seed N] [--folder PATH] [NAME...]\n`);
  for (const { name, title } of BENCHMARKS) console.log(`  ${name.padEnd(10)}  ${title}`);
  process.exit(0);
}

const unknown = positionals.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
if (unknown.length > 0) {
  console.error(`no such benchmark: ${unknown.join(", ")}; there are ${BENCHMARKS.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const print = (line: string): void => {
  console.log(line);
};
const folder = resolve(values.folder);
mkdirSync(folder, { recursive: true });
const findings: Finding[] = [];
const context: BenchContext = {
  sizes: values.events.split(",").map(Number),
  rounds: Number(values.rounds),
  folder,
  seed: Number(values.seed),
  rivals: installRivals(print),
  async ledger(events) {
    const plan = { seed: Number(values.seed), events };
    try {
      if (!isGenerated(plan, folder)) refuseFullDisk(events);
      return await benchLedger(plan, folder, print);
    } catch (error) {
      print(`skipped: ${size(events)} events: ${error instanceof Error ? error.message : String(error)}`);
      return null;
    }
  },
  print,
  found: (finding) => findings.push(finding),
};

function refuseFullDisk(events: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const needed = events * BYTES_PER_EVENT;
  if (free < needed) throw new Error(`${folder} has ${gigabytes(free)} GB free, and it takes ${gigabytes(needed)}`);
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

const chosen = BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
for (const benchmark of chosen) {
  print(`\n== ${benchmark.title}`);
  await benchmark.run(context);
}
print("\n== Goals");
const rows = findings.map(({ row, goal, figure, holds }) => [
  row,
  goal,
  figure,
  holds === null ? "not measured" : holds ? "holds" : "MISSED",
]);
for (const line of table([["row", "goal", "figure", ""], ...rows])) print(line);
