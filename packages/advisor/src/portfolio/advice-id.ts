import { createHash } from "node:crypto";

/** The stable id of a recommendation: the same change to the same workload has it in every run. */
export function adviceId(strategy: string, workload: string, subject: string): string {
  const parts = subject === "" ? [strategy, workload] : [strategy, workload, subject];
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 10);
}
