import { parentPort, workerData } from "node:worker_threads";
import type { LedgerPlan } from "./traffic.ts";
import { writeLog } from "./write-log.ts";

// One writer's log, on a thread of its own.
const { plan, writer, folder } = workerData as {
  readonly plan: LedgerPlan;
  readonly writer: number;
  readonly folder: string;
};
parentPort?.postMessage(writeLog(plan, writer, folder));
