import { LedgerUnavailableError } from "@farthing/ledger";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { oneLedgerToRead } from "../flags/one-ledger.ts";
import { databaseUrl, ledgerToWrite } from "../flags/locate-ledger.ts";
import { nowOf } from "../flags/selection.ts";
import { readCondition } from "../input/ledger-condition.ts";
import { checkCondition } from "../output/checks.ts";
import { doctorToJson } from "../output/doctor-json.ts";
import { bold, columnsOf, writeJson, writeLines } from "../output/output.ts";
import { renderDoctor } from "../output/render-doctor.ts";

export interface DoctorFlags {
  readonly ledger: readonly string[];
  readonly now?: string;
  readonly format: "text" | "json";
}

/** `farthing doctor`: whether everything is being recorded, and what to do where it is not. */
export async function doctor(io: CommandIo, flags: DoctorFlags): Promise<ExitCode> {
  const path = await copyToRead(flags, io);
  const url = databaseUrl(ledgerToWrite(flags.ledger, io), io);
  const condition = await readCondition(path, url, nowOf(io, flags), io);
  const checks = checkCondition(condition);
  if (flags.format === "json") writeJson(io.stdout, doctorToJson(condition, checks));
  else {
    const layout = { columns: columnsOf(io), bold: (text: string) => bold(io, text) };
    writeLines(io.stdout, renderDoctor(path, checks, layout));
  }
  if (condition.damage.length > 0) return EXIT.badInput;
  return checks.some(({ status }) => status === "attention") ? EXIT.checkFailed : EXIT.done;
}

/** The folder that is judged. Where a database does not answer, what waits for it on this machine is told all the same. */
async function copyToRead(flags: DoctorFlags, io: CommandIo): Promise<string> {
  try {
    return await oneLedgerToRead(flags.ledger, io, "each ledger has its own condition");
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) throw error;
    const url = databaseUrl(ledgerToWrite(flags.ledger, io), io);
    if (url === null) throw error;
    const { withWaiting } = await import("../input/own-outboxes.ts");
    throw await withWaiting(error, url, io);
  }
}
