import type { BenchLedger } from "./ledger/generate-ledger.ts";
import type { Rivals } from "./rivals.ts";

/** One goal, what was measured for it, and whether it is met. */
export interface Finding {
  /** Row of the table of goals, such as `5`. */
  readonly row: string;
  readonly goal: string;
  readonly figure: string;
  /** Null where it could not be measured. */
  readonly holds: boolean | null;
}

/** What a benchmark runs with, and where it says what it found. */
export interface BenchContext {
  /** Numbers of events of the ledgers that are asked about. */
  readonly sizes: readonly number[];
  /** How often each variant is measured; variants take turns, and a figure is the median of its own. */
  readonly rounds: number;
  /** A folder for what is generated; it may hold tens of gigabytes. */
  readonly folder: string;
  readonly seed: number;
  readonly rivals: Rivals;
  /** The pinned ledger of a size, without derived files; null, said why, where the disk has no room for it. */
  ledger(events: number): Promise<BenchLedger | null>;
  print(line: string): void;
  found(finding: Finding): void;
}

/** Measures one thing and prints it beside its rivals. */
export interface Benchmark {
  readonly name: string;
  readonly title: string;
  run(context: BenchContext): Promise<void>;
}
