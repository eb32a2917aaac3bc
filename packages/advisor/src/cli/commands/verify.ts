import { existsSync } from "node:fs";
import { loadClosing, repairLedger, verifyLedger, type HeadVerification, type Repair } from "@farthing/ledger";
import { UsageError } from "../command-errors.ts";
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
  readonly head?: string;
  readonly format: "text" | "json";
}

const HEAD = /^[0-9a-f]{64}$/;

/** `farthing verify [--repair]`: whether a ledger is what was written, and what can be put right without loss. */
export async function verify(io: CommandIo, flags: VerifyFlags): Promise<ExitCode> {
  const path = await oneLedgerToRead(flags.ledger, io, "each ledger is verified on its own");
  if (flags.head !== undefined && !HEAD.test(flags.head))
    throw new UsageError(`--head "${flags.head}": expected the 64 hexadecimal digits that farthing close printed`);
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
  const head = flags.head === undefined ? null : await headOf(path, flags.head);
  const steps = flags.repair === true ? result.steps : null;
  if (flags.format === "json") writeJson(io.stdout, verificationToJson(result.verification, steps, head));
  else {
    const layout = { columns: columnsOf(io), bold: (text: string) => bold(io, text) };
    writeLines(io.stdout, renderVerification(result.verification, steps, head, layout));
  }
  if (!result.verification.isSound) return EXIT.badInput;
  return head === null || head.outcome === "proven" ? EXIT.done : EXIT.checkFailed;
}

async function headOf(path: string, head: string): Promise<HeadVerification> {
  const { verifyHead } = await loadClosing();
  return verifyHead(path, head);
}
