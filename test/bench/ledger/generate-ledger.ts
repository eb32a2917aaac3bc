import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { addOracle, newOracle, type Oracle } from "./oracle.ts";
import { WRITERS, type LedgerPlan } from "./traffic.ts";
import { writeLog, type LogFacts } from "./write-log.ts";

/** Raise when a change of the generator changes any byte of a ledger: kept ones are then made anew. */
const GENERATOR_VERSION = 2;

/** A ledger that was generated, and what it must say. */
export interface BenchLedger {
  readonly path: string;
  readonly events: number;
  readonly bytes: number;
  /** Length of the middle line, to the nearest 64 bytes. */
  readonly medianLineBytes: number;
  readonly oracle: Oracle;
}

/** The pinned ledger of a plan: kept in the folder from the last time, or made now. */
export async function benchLedger(plan: LedgerPlan, folder: string, say: (text: string) => void): Promise<BenchLedger> {
  const path = pathOf(plan, folder);
  const factsPath = `${path}.json`;
  if (!isGenerated(plan, folder)) {
    say(`making a ledger of ${plan.events.toLocaleString("en-US")} events in ${path}`);
    rmSync(path, { recursive: true, force: true });
    mkdirSync(join(path, "segments"), { recursive: true });
    const facts = await inThreads(plan, join(path, "segments"));
    writeManifest(path, plan);
    writeFileSync(`${factsPath}.tmp`, toJson(combine(facts)));
    renameSync(`${factsPath}.tmp`, factsPath);
  }
  return { path, events: plan.events, ...fromJson(readFileSync(factsPath, "utf8")) };
}

/** Whether the ledger is there from the last time. */
export function isGenerated(plan: LedgerPlan, folder: string): boolean {
  return existsSync(`${pathOf(plan, folder)}.json`);
}

function pathOf({ seed, events }: LedgerPlan, folder: string): string {
  return join(folder, `ledger-v${String(GENERATOR_VERSION)}-${String(seed)}-${String(events)}`);
}

/** As `benchLedger`, on this thread and into a folder that does not exist yet. */
export function generateLedger(plan: LedgerPlan, path: string): BenchLedger {
  mkdirSync(join(path, "segments"), { recursive: true });
  const facts = Array.from({ length: WRITERS }, (_, writer) => writeLog(plan, writer, join(path, "segments")));
  writeManifest(path, plan);
  return { path, events: plan.events, ...combine(facts) };
}

/** The logs depend on nothing but the plan, so that as many are written at once as there are processors. */
async function inThreads(plan: LedgerPlan, folder: string): Promise<LogFacts[]> {
  const facts: LogFacts[] = [];
  const left = Array.from({ length: WRITERS }, (_, writer) => writer);
  const work = async (): Promise<void> => {
    for (let writer = left.shift(); writer !== undefined; writer = left.shift()) {
      facts[writer] = await inThread({ plan, writer, folder });
    }
  };
  await Promise.all(Array.from({ length: Math.min(WRITERS, availableParallelism()) }, work));
  return facts;
}

async function inThread(workerData: unknown): Promise<LogFacts> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("log-thread.js", import.meta.url), { workerData });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

function writeManifest(path: string, { seed, events }: LedgerPlan): void {
  const id = `${(seed >>> 0).toString(16).padStart(8, "0")}-be0c-7000-8000-${events.toString(16).padStart(12, "0")}`;
  const manifest = { format: "farthing-ledger", version: 1, id, settings: {} };
  writeFileSync(join(path, "ledger.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

type Facts = Omit<BenchLedger, "path" | "events">;

function combine(logs: readonly LogFacts[]): Facts {
  const oracle = newOracle();
  const lengths = new Map<number, number>();
  for (const log of logs) {
    addOracle(oracle, log.oracle);
    for (const [step, count] of Object.entries(log.lengths)) {
      lengths.set(Number(step), (lengths.get(Number(step)) ?? 0) + count);
    }
  }
  const corrected = new Set(logs.flatMap((log) => log.corrected));
  const conflicting = new Set(logs.flatMap((log) => log.conflicting).filter((id) => !corrected.has(id)));
  oracle.totals.conflicts = conflicting.size;
  return {
    bytes: logs.reduce((sum, log) => sum + log.bytes, 0),
    medianLineBytes: 64 * middleOf(lengths),
    oracle,
  };
}

function middleOf(counts: ReadonlyMap<number, number>): number {
  const sorted = [...counts].sort(([a], [b]) => a - b);
  let left = sorted.reduce((sum, [, count]) => sum + count, 0) / 2;
  return sorted.find(([, count]) => (left -= count) <= 0)?.[0] ?? 0;
}

function toJson(facts: Facts): string {
  return JSON.stringify(facts, (_, value: unknown) =>
    typeof value === "bigint" ? { picodollars: String(value) } : value instanceof Map ? { map: [...value] } : value,
  );
}

function fromJson(text: string): Facts {
  return JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    if ("picodollars" in value) return BigInt(String(value.picodollars));
    return "map" in value && Array.isArray(value.map) ? new Map(value.map as [unknown, unknown][]) : value;
  }) as Facts;
}
