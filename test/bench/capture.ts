import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BenchContext, Benchmark } from "./benchmark.ts";
import { CASES, type MeasuredCase, type MeasuredVariant } from "./capture/measured.ts";
import { measureFingerprints } from "./fingerprint.ts";
import { median, runProcess } from "./measure.ts";
import { figure, table, times } from "./show.ts";

const PROGRAM = fileURLToPath(new URL("capture/program.js", import.meta.url));

/** What is measured, the bare SDK first. */
const NAMES: Readonly<Record<string, string>> = {
  bare: "bare SDK",
  again: "bare SDK once more: the noise",
  farthing: "Farthing, into a ledger",
  "farthing-unwritten": "Farthing, its events let go",
  otel: "the SDK's own OpenTelemetry",
  openinference: "openinference",
  braintrust: "braintrust",
};

/** What recording a call of a client takes from it, in one process for each way and round. */
export const captureBenchmark: Benchmark = {
  name: "capture",
  title: "Capture: calls of a client that is recorded, answered within the process",
  async run(context) {
    const measured = await measureVariants(context);
    if (measured.has("bare")) {
      for (const [index, { name }] of CASES.entries()) printCase(context, measured, index, name);
      printMemory(context, measured);
      judgeAll(context, measured);
    }
    await measureFingerprints(context);
  },
};

/** By way of recording, what each round measured. */
type Measurements = ReadonlyMap<string, readonly MeasuredVariant[]>;

async function measureVariants(context: BenchContext): Promise<Measurements> {
  const measured = new Map<string, MeasuredVariant[]>();
  const skipped = new Set<string>();
  for (let round = 0; round < context.rounds; round += 1) {
    for (const name of Object.keys(NAMES)) {
      if (skipped.has(name)) continue;
      const found = await runVariant(context, name);
      if (typeof found === "string") {
        skipped.add(name);
        context.print(`skipped: ${NAMES[name] ?? name}: ${found}`);
      } else measured.set(name, [...(measured.get(name) ?? []), found]);
    }
  }
  return measured;
}

/** What one process measured, or why it could not. */
async function runVariant(context: BenchContext, name: string): Promise<MeasuredVariant | string> {
  const folder = mkdtempSync(join(context.folder, "capture-"));
  try {
    const { stdout } = await runProcess(process.execPath, [PROGRAM, name, folder]);
    // Some packages greet on standard output.
    const found = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as MeasuredVariant | null;
    if (found === null) return "it is not installed";
    const calls = CASES.reduce((sum, { warmUps, calls }) => sum + warmUps + calls, 0);
    if (found.recorded !== null && found.recorded !== calls) {
      context.print(`${NAMES[name] ?? name}: recorded ${String(found.recorded)} of ${String(calls)} calls`);
    }
    return found;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The median of a case's figure. */
function medianOf(measured: Measurements, name: string, index: number, key: keyof MeasuredCase): number {
  return median((measured.get(name) ?? []).map(({ cases }) => cases[index]?.[key] ?? NaN));
}

/** The median of what a figure is above the bare SDK's of the same round. */
function addedTo(measured: Measurements, name: string, index: number, key: keyof MeasuredCase): number {
  const bare = measured.get("bare") ?? [];
  const differences = (measured.get(name) ?? []).map(
    ({ cases }, round) => (cases[index]?.[key] ?? NaN) - (bare[round]?.cases[index]?.[key] ?? NaN),
  );
  return median(differences);
}

function printCase(context: BenchContext, measured: Measurements, index: number, title: string): void {
  const base = medianOf(measured, "bare", index, "cpu");
  const rows = [...measured.keys()].map((name) => {
    const added = addedTo(measured, name, index, "cpu");
    return [
      NAMES[name] ?? name,
      figure(medianOf(measured, name, index, "cpu")),
      name === "bare" ? "" : figure(added),
      name === "bare" ? "" : times(added, base),
      figure(medianOf(measured, name, index, "p50")),
      figure(medianOf(measured, name, index, "p99")),
      figure(medianOf(measured, name, index, "first")),
      figure(medianOf(measured, name, index, "loopDelay")),
    ];
  });
  const head = [title, "CPU us", "added us", "added", "p50 ms", "p99 ms", "to first us", "loop delay p99 ms"];
  context.print("");
  for (const line of table([head, ...rows])) context.print(line);
}

function printMemory(context: BenchContext, measured: Measurements): void {
  const rows = [...measured].map(([name, rounds]) => [
    NAMES[name] ?? name,
    figure(median(rounds.map(({ rssMB }) => rssMB))),
  ]);
  context.print("");
  for (const line of table([["memory after all of them", "RSS MB"], ...rows])) context.print(line);
}

const SMALL_JSON = CASES.findIndex(({ deltas, prompt }) => deltas === null && prompt === "small");
const LONG_STREAM = CASES.findIndex(({ deltas, prompt }) => deltas === 500 && prompt === "small");
/** Less than this nobody can tell from nothing. */
const FIRST_US_MAX = 15;

function judgeAll(context: BenchContext, measured: Measurements): void {
  for (const [name, how] of [
    ["farthing", "into a ledger"],
    ["farthing-unwritten", "without writing"],
  ] as const) {
    const found = (row: string, goal: string, value: string, holds: boolean | null): void => {
      context.found({ row, goal: `${goal}, ${how}`, figure: value, holds: measured.has(name) ? holds : null });
    };
    const besideOtel = (row: string, goal: string, index: number, most: number): void => {
      const [own, theirs] = [addedTo(measured, name, index, "cpu"), addedTo(measured, "otel", index, "cpu")];
      found(row, goal, times(own, theirs), Number.isFinite(theirs) ? own <= most * theirs : null);
    };
    const json = addedTo(measured, name, SMALL_JSON, "cpu");
    found("2", "JSON: adds at most 15 us", `${figure(json)} us`, json <= 15);
    besideOtel("2", "JSON: at most 0.25x of what OpenTelemetry adds", SMALL_JSON, 0.25);
    const stream = addedTo(measured, name, LONG_STREAM, "cpu");
    const base = medianOf(measured, "bare", LONG_STREAM, "cpu");
    found("3", "500 deltas: adds at most 0.15x", times(stream, base), stream <= 0.15 * base);
    besideOtel("3", "500 deltas: at most 0.35x of what OpenTelemetry adds", LONG_STREAM, 0.35);
    const first = addedTo(measured, name, LONG_STREAM, "first");
    found(
      "3",
      `500 deltas: first event unchanged, to ${String(FIRST_US_MAX)} us`,
      `${figure(first)} us`,
      first <= FIRST_US_MAX,
    );
  }
}
