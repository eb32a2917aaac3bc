import { existsSync } from "node:fs";
import { repairLedger, verifyLedger, type Repair } from "@farthing/ledger";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { oneLedgerToRead } from "../flags/one-ledger.ts";
import { diskUse } from "../input/disk-use.ts";
import { displayBytes } from "../output/format-values.ts";
import { bold, columnsOf, writeJson, writeLines } from "../output/output.ts";
import { createProgress } from "../output/progress.ts";
import { renderVerification } from "../output/render-verification.ts";
import { verificationToJson } from "../output/verification-json.ts";

export interface VerifyFlags {
  readonly ledger: readonly string[];
  readonly repair?: true;
  readonly deep?: true;
  readonly format: "text" | "json";
}

/** `farthing verify [--repair]`: whether a ledger is what was written, and what can be put right without loss. */
export async function verify(io: CommandIo, flags: VerifyFlags): Promise<ExitCode> {
  const path = oneLedgerToRead(flags.ledger, io, "each ledger is verified on its own");
  const progress = createProgress(io);
  const total = io.stderr.isTTY === true && existsSync(path) ? diskUse(path).logBytes : 0;
  let bytes = 0;
  const options = {
    deep: flags.deep === true,
    onBytes: (count: number) => {
      // To repair is to look twice.
      bytes = total > 0 && bytes + count > total ? bytes + count - total : bytes + count;
      progress.show(`${displayBytes(bytes)} of ${displayBytes(total)} verified`, { done: bytes, total }, displayBytes);
    },
  };
  const result: Repair =
    flags.repair === true
      ? await repairLedger(path, options)
      : { steps: [], verification: await verifyLedger(path, options) };
  progress.clear();
  const steps = flags.repair === true ? result.steps : null;
  if (flags.format === "json") writeJson(io.stdout, verificationToJson(result.verification, steps));
  else {
    const layout = { columns: columnsOf(io), bold: (text: string) => bold(io, text) };
    writeLines(io.stdout, renderVerification(result.verification, steps, layout));
  }
  return result.verification.isSound ? EXIT.done : EXIT.badInput;
}
