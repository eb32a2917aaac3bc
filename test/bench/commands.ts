import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { formatUsd, money, openLedger } from "@farthing/ledger";
import type { BenchContext, Benchmark } from "./benchmark.ts";
import { FARTHING } from "./farthing.ts";
import type { BenchLedger } from "./ledger/generate-ledger.ts";
import { sampleEvents } from "./ledger/sample-events.ts";
import { WRITERS } from "./ledger/traffic.ts";
import { hasColumns, keepColumns, keepDerived, removeDerived, workingCopy } from "./ledger/working-copy.ts";
import { median, runProcess, type ProcessRun } from "./measure.ts";
import { figure, size, table } from "./show.ts";

const NEW_EVENTS = 10_000;

/** What a person waits for: whole runs of the command line, Node's start included. */
export const commandsBenchmark: Benchmark = {
  name: "commands",
  title: "farthing spend and report, whole runs",
  async run(context) {
    for (const events of context.sizes) {
      const ledger = await context.ledger(events);
      if (ledger !== null) await measureCommands(context, ledger);
    }
  },
};

/** Median time and largest memory of some runs. */
interface Runs {
  readonly seconds: number;
  readonly peakMB: number;
}

async function measureCommands(context: BenchContext, ledger: BenchLedger): Promise<void> {
  const copy = workingCopy(ledger);
  const rows: string[][] = [["", "s", "CPU s", "peak MB"]];
  const measure = async (name: string, rounds: number, prepare: () => void, args: readonly string[]): Promise<Runs> => {
    const runs: ProcessRun[] = [];
    for (let round = 0; round < rounds; round += 1) {
      prepare();
      runs.push(await farthing(copy, ...args));
    }
    const peakMB = Math.max(...runs.map((run) => run.peakMB ?? NaN));
    const seconds = median(runs.map((run) => run.seconds));
    rows.push([name, figure(seconds), figure(median(runs.map((run) => run.cpuSeconds ?? NaN))), figure(peakMB)]);
    return { seconds, peakMB };
  };
  const asIs = (): void => undefined;
  const withoutCheckpoints = (): void => {
    removeDerived(copy, ["checkpoints"]);
  };
  context.print(`${size(ledger.events)} events, ${figure(ledger.bytes / 1e9)} GB`);
  if (hasColumns(copy)) context.print(`columns were made before; remove ${ledger.path}/columns to measure that, too`);
  else await measure("spend, nothing derived: columns are made", 1, asIs, ["spend"]);
  expectOracle(context, ledger, (await farthing(copy, "spend", "--format", "json")).stdout);
  sealedSize(context, ledger, copy);
  if (!hasColumns(ledger.path)) keepColumns(ledger, copy);
  const spend = await measure("spend, from columns", context.rounds, withoutCheckpoints, ["spend"]);
  await measure("spend by workload and day, from columns", context.rounds, withoutCheckpoints, [
    "spend",
    "--by",
    "workload,day",
  ]);
  await measure("spend, nothing new", context.rounds, asIs, ["spend"]);
  await measure("report, from columns, advice worked out", 1, withoutCheckpoints, ["report"]);
  const report = await measure(
    "report, saved advice, from columns",
    context.rounds,
    () => {
      removeCheckpoints(copy);
    },
    ["report"],
  );
  await measure("report, saved advice, nothing new", context.rounds, asIs, ["report"]);

  await farthing(copy, "spend");
  await appendNew(context, copy);
  const { restore, forget } = keepDerived(copy);
  const spendNew = await measure(`spend, ${size(NEW_EVENTS)} new events`, context.rounds, restore, ["spend"]);
  const reportNew = await measure(`report, saved advice, ${size(NEW_EVENTS)} new events`, context.rounds, restore, [
    "report",
  ]);
  for (const line of table(rows)) context.print(line);
  judge(context, ledger, { spend, report, spendNew, reportNew });
  forget();
  rmSync(copy, { recursive: true, force: true });
}

function judge(
  context: BenchContext,
  { events }: BenchLedger,
  runs: Readonly<Record<"spend" | "report" | "spendNew" | "reportNew", Runs>>,
): void {
  const found = (row: string, goal: string, { seconds }: Runs, limit: number): void => {
    context.found({
      row,
      goal: `${goal} at ${size(events)} at most ${figure(limit)} s`,
      figure: `${figure(seconds)} s`,
      holds: seconds <= limit,
    });
  };
  const [whole, incremental] = events <= 1_000_000 ? [0.3, 0.15] : [1.5, 0.3];
  found("12", "spend from columns", runs.spend, whole);
  found("12", "report, saved advice", runs.report, whole);
  found("13", "spend, 10k new events", runs.spendNew, incremental);
  found("13", "report, 10k new events", runs.reportNew, incremental);
  for (const [name, { peakMB }] of Object.entries(runs)) {
    const goal = `${name === "spendNew" || name === "reportNew" ? `${name.slice(0, -3)}, 10k new events` : name}: peak memory at ${size(events)} at most 150 MB`;
    context.found({ row: "14", goal, figure: `${figure(peakMB)} MB`, holds: peakMB <= 150 });
  }
}

async function farthing(ledger: string, ...args: readonly string[]): Promise<ProcessRun> {
  return runProcess(process.execPath, [FARTHING, ...args, "--ledger", ledger]);
}

/** The answer must be the one that was worked out while the ledger was made. */
function expectOracle(context: BenchContext, { oracle }: BenchLedger, json: string): void {
  const { total } = JSON.parse(json) as { readonly total: { readonly usd: string; readonly requests: number } };
  const usd = formatUsd(money(oracle.totals.usd));
  if (total.usd === usd && total.requests === oracle.totals.requests) return;
  context.print(
    `WRONG: spend is ${total.usd} for ${String(total.requests)}, not ${usd} for ${String(oracle.totals.requests)}`,
  );
  process.exitCode = 1;
}

function sealedSize(context: BenchContext, { bytes, events }: BenchLedger, copy: string): void {
  const columns = join(copy, "columns");
  if (!existsSync(columns)) return;
  const sealed = readdirSync(columns).reduce((sum, name) => sum + statSync(join(columns, name)).size, 0);
  // Events of the last segments are not sealed yet; few enough to be left in the count.
  const each = sealed / events;
  context.print(`columns: ${figure(each)} bytes per event, ${figure(sealed / bytes)}x of the log`);
  context.found({
    row: "19",
    goal: `sealed size at ${size(events)} at most 100 bytes per event`,
    figure: `${figure(each)} B`,
    holds: each <= 100,
  });
  context.found({
    row: "19",
    goal: `sealed size at ${size(events)} at most 0.25x of the log`,
    figure: `${figure(sealed / bytes)}x`,
    holds: sealed / bytes <= 0.25,
  });
}

/** All but the advice that was worked out: the totals that questions would go on from. */
function removeCheckpoints(ledger: string): void {
  const folder = join(ledger, "checkpoints");
  for (const name of readdirSync(folder)) if (!name.startsWith("advice")) rmSync(join(folder, name));
}

/** New events from as many processes as wrote the ledger. */
async function appendNew(context: BenchContext, path: string): Promise<void> {
  const events = sampleEvents(context.seed + 1_000, NEW_EVENTS);
  const each = Math.ceil(events.length / WRITERS);
  const ledgers = await Promise.all(Array.from({ length: WRITERS }, () => openLedger(path, { mode: "write" })));
  for (const [index, ledger] of ledgers.entries()) {
    await ledger.append(events.slice(index * each, (index + 1) * each));
    await ledger.close();
  }
}
