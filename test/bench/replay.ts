import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BenchContext, Benchmark } from "./benchmark.ts";
import type { BenchLedger } from "./ledger/generate-ledger.ts";
import { inTurns, runProcess } from "./measure.ts";
import type { Answer, Measured } from "./replay/answer.ts";
import { figure, size, table, times } from "./show.ts";

const PROGRAM = fileURLToPath(new URL("replay/program.js", import.meta.url));

/** The same rollup, and the same simulation of a cache, over the same events held in different ways. */
export const replayBenchmark: Benchmark = {
  name: "replay",
  title: "Replay: groups of hour, workload, model and price terms; and the gaps between requests of a session",
  async run(context) {
    for (const events of context.sizes) {
      const ledger = await context.ledger(events);
      if (ledger !== null) await measureReplay(context, ledger);
    }
  },
};

async function measureReplay(context: BenchContext, ledger: BenchLedger): Promise<void> {
  const database = `${ledger.path}.duckdb`;
  const hasDuckDb = await loadDuckDb(context, ledger, database);
  const peaks = new Map<string, number>();
  const answers = new Map<string, Answer | null>();
  const run = (way: string) => async () => {
    const { stdout } = await runProcess(process.execPath, [PROGRAM, way, ledger.path, database]);
    const { seconds, peakMB, answer } = JSON.parse(stdout) as Measured;
    peaks.set(way, Math.max(peaks.get(way) ?? 0, peakMB));
    answers.set(way, answer);
    return seconds;
  };
  const duckDb = (way: string) => (hasDuckDb ? run(way) : () => NaN);
  // Columns are made by the first who asks, which is measured apart.
  await run("columns")();
  const rounds = ledger.events > 1_000_000 ? Math.min(3, context.rounds) : context.rounds;
  const fast = await inTurns(rounds, {
    columns: run("columns"),
    "columns+sim": run("columns+sim"),
    "duckdb-1": duckDb("duckdb-1"),
    "duckdb-1+sim": duckDb("duckdb-1+sim"),
    "duckdb-2": duckDb("duckdb-2"),
    "duckdb-2+sim": duckDb("duckdb-2+sim"),
  });
  // What takes minutes at ten million events is measured there once, or was measured at one million.
  const isLarge = ledger.events > 1_000_000;
  const slow = await inTurns(isLarge ? 1 : Math.min(3, context.rounds), {
    log: isLarge ? () => NaN : run("log"),
    ndjson: isLarge ? () => NaN : run("ndjson"),
    "ndjson+sim": run("ndjson+sim"),
  });
  const taken = new Map<string, number>(Object.entries({ ...fast, ...slow }));
  const names: Readonly<Record<string, string>> = {
    columns: "columns: rollup",
    "columns+sim": "columns: rollup and simulation",
    "duckdb-1": "DuckDB's own table, 1 thread: rollup",
    "duckdb-1+sim": "DuckDB's own table, 1 thread: rollup and simulation",
    "duckdb-2": "DuckDB's own table, 2 threads: rollup",
    "duckdb-2+sim": "DuckDB's own table, 2 threads: rollup and simulation",
    log: "log without columns, checked and merged: rollup",
    ndjson: "NDJSON by JSON.parse: rollup",
    "ndjson+sim": "NDJSON by JSON.parse: rollup and simulation",
  };
  const measured = [...taken].filter(([, seconds]) => !Number.isNaN(seconds));
  const rows = measured.map(([way, seconds]) => [
    names[way] ?? way,
    figure(seconds),
    figure(ledger.events / seconds / 1e6),
    figure(peaks.get(way) ?? NaN),
    times(seconds, fast[way.endsWith("+sim") ? "columns+sim" : "columns"]),
  ]);
  const head = [`${size(ledger.events)} events`, "s", "M events/s", "peak MB", "to columns"];
  for (const line of table([head, ...rows])) context.print(line);
  sayWhatDiffers(context, ledger, answers);
  judge(context, ledger.events, fast, slow);
}

function judge(
  context: BenchContext,
  events: number,
  fast: Readonly<Record<"columns" | "columns+sim" | "duckdb-1+sim" | "duckdb-2+sim", number>>,
  slow: Readonly<Record<"log" | "ndjson" | "ndjson+sim", number>>,
): void {
  const at = size(events);
  const found = (row: string, goal: string, value: string, holds: boolean | null): void => {
    context.found({ row, goal, figure: value, holds });
  };
  const parse = slow["ndjson+sim"] / fast["columns+sim"];
  found("9", `columns at ${at} at least 10x JSON.parse, with simulation`, `${figure(parse)}x`, parse >= 10);
  const duckDb = fast["duckdb-2+sim"] / fast["columns+sim"];
  found(
    "9",
    `columns at ${at} at least 2x DuckDB on 2 threads, with simulation`,
    `${figure(duckDb)}x`,
    Number.isNaN(duckDb) ? null : duckDb >= 2,
  );
  const rate = events / fast["columns+sim"] / 1e6;
  found("9", `columns at ${at} at least 5M events/s, with simulation`, `${figure(rate)} M/s`, rate >= 5);
  if (Number.isNaN(slow.log)) return;
  const log = slow.ndjson / slow.log;
  found("10", `log without columns at ${at} at least 2x JSON.parse`, `${figure(log)}x`, log >= 2);
  const logRate = events / slow.log / 1e6;
  found("10", `log without columns at ${at} at least 0.8M events/s`, `${figure(logRate)} M/s`, logRate >= 0.8);
}

/** The rivals count what was seen twice twice, so their answers are a little above. */
function sayWhatDiffers(
  context: BenchContext,
  { oracle }: BenchLedger,
  answers: ReadonlyMap<string, Answer | null>,
): void {
  const { requests, lowerBoundRequests, tokens } = oracle.totals;
  const prompts = tokens.uncachedInput + tokens.cacheWrite5m + tokens.cacheWrite1h + tokens.cacheRead + tokens.output;
  for (const [way, answer] of answers) {
    const isExact = answer?.requests === requests && answer.tokens === prompts;
    const isNear =
      answer !== null && answer.requests >= requests - lowerBoundRequests && answer.requests < requests * 1.02;
    if (way.startsWith("columns") || way === "log" ? isExact : isNear) continue;
    context.print(
      `WRONG: ${way} counts ${String(answer?.requests)} requests and ${String(answer?.tokens)} tokens, not ${String(requests)} and ${String(prompts)}`,
    );
    process.exitCode = 1;
  }
}

async function loadDuckDb(context: BenchContext, ledger: BenchLedger, database: string): Promise<boolean> {
  if ((await context.rivals.load("@duckdb/node-api")) === null) return false;
  if (existsSync(database)) return true;
  context.print(`loading DuckDB's own table of ${size(ledger.events)} events, once`);
  await runProcess(process.execPath, [PROGRAM, "duckdb-load", ledger.path, database]);
  return true;
}
