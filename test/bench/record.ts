import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openLedger, type Ledger, type LedgerEvent } from "@farthing/ledger";
import type { Benchmark } from "./benchmark.ts";
import { sampleEvents } from "./ledger/sample-events.ts";
import { inTurns, median, quantile } from "./measure.ts";
import { figure, table, times } from "./show.ts";

const EVENTS = 20_000;
/** As many requests end in one turn of the event loop of a busy service. */
const PER_TURN = 16;

/** What recording an event takes from the application that does it. */
export const recordBenchmark: Benchmark = {
  name: "record",
  title: "record(event), microseconds per event of 2 KB",
  async run(context) {
    const events = sampleEvents(context.seed, EVENTS);
    const calls: number[] = [];
    const stringifies: number[] = [];
    const folder = mkdtempSync(join(context.folder, "record-"));
    let round = 0;
    const nextLedger = async (): Promise<Ledger> => {
      round += 1;
      return openLedger(join(folder, String(round)), { mode: "write", create: true });
    };
    try {
      const mean = await inTurns(context.rounds, {
        stringify: () => timeEach(events, stringifies, (event) => JSON.stringify(event)),
        record: async () => {
          const ledger = await nextLedger();
          const taken = await recordAll(ledger, events, calls);
          await ledger.close();
          return taken;
        },
      });
      const rows = [
        ["JSON.stringify", figure(mean.stringify), figure(median(stringifies)), figure(quantile(stringifies, 0.99))],
        ["record: the call", "", figure(median(calls)), figure(quantile(calls, 0.99))],
        ["record: all of its work, writing included", figure(mean.record), "", ""],
      ];
      for (const line of table([["", "mean", "p50", "p99"], ...rows])) context.print(line);
      const found = (goal: string, value: string, holds: boolean): void => {
        context.found({ row: "1", goal, figure: value, holds });
      };
      const call = median(calls);
      const stringify = median(stringifies);
      found("record, p50 at most 2.5x JSON.stringify", times(call, stringify), call <= 2.5 * stringify);
      found(
        "record and writing, at most 2.5x JSON.stringify",
        times(mean.record, mean.stringify),
        mean.record <= 2.5 * mean.stringify,
      );
      found("record, p50 at most 5 us", `${figure(call)} us`, call <= 5);
      found("record, p99 at most 15 us", `${figure(quantile(calls, 0.99))} us`, quantile(calls, 0.99) <= 15);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Microseconds of processor time per event of everything that follows from recording them, in turns of the loop. */
async function recordAll(ledger: Ledger, events: readonly LedgerEvent[], calls: number[]): Promise<number> {
  const before = process.cpuUsage();
  for (let next = 0; next < events.length; next += PER_TURN) {
    timeEach(events.slice(next, next + PER_TURN), calls, (event) => {
      ledger.record(event);
    });
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  await ledger.flush();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / events.length;
}

/** Does something to each event and keeps how long each took, in microseconds; returns their mean. */
function timeEach(events: readonly LedgerEvent[], into: number[], work: (event: LedgerEvent) => unknown): number {
  let sum = 0;
  for (const event of events) {
    const startedAt = performance.now();
    work(event);
    const taken = (performance.now() - startedAt) * 1_000;
    into.push(taken);
    sum += taken;
  }
  return sum / events.length;
}
