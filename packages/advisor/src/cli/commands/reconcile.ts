import { calendarOf } from "@farthing/ledger";
import { UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Reconciliation } from "../../reconcile/reconciliation.ts";
import { checkLimit, type CheckedLimit, type ResidualLimit } from "../../reconcile/residual-limit.ts";
import { parsePeriod } from "../flags/period.ts";
import { askSelected, type LedgerFlags } from "../flags/selection.ts";
import { askReconciliation } from "../input/ask-reconciliation.ts";
import { readLiveBill } from "../input/read-live-bill.ts";
import type { CommandIo } from "../io.ts";
import { warn } from "../messages.ts";
import { bold, columnsOf, writeJson, writeLines } from "../output/output.ts";
import { reconciliationToJson } from "../output/reconcile-json.ts";
import { renderReconciliation } from "../output/render-reconcile.ts";

export interface ReconcileFlags extends LedgerFlags {
  readonly format: "text" | "json";
  readonly live?: boolean;
  readonly maxResidual?: ResidualLimit;
  readonly maxUnexplained?: ResidualLimit;
}

/** `farthing reconcile [PERIOD]`: what the bill has over the ledger, and why. Days are UTC's, as a bill cuts them. */
export async function reconcileBill(
  io: CommandIo,
  periodText: string | undefined,
  flags: ReconcileFlags,
): Promise<ExitCode> {
  const flag = periodText === undefined ? null : parsePeriod(periodText);
  const bounds = flag?.(calendarOf("UTC")) ?? null;
  const period = bounds === null ? null : { from: bounds.since, until: bounds.until };
  const read = flags.live === true ? await readLiveBill(io, bounds, flags) : null;
  const ledger = read === null ? flags.ledger : [read.ledger];
  const { answer, exitCode } = await askSelected(io, { ...flags, ledger, where: [] }, async (selection) => ({
    ledgers: selection.contents.paths,
    priceBookHash: selection.book.hash,
    reconciliation: await askReconciliation(selection, period),
  }));
  const { reconciliation } = answer;
  if (reconciliation === null) {
    if (periodText === undefined && flags.format === "json") throw new UsageError(NO_BILL);
    warn(io, periodText === undefined ? NO_BILL : `${NO_BILL}; of ${periodText} nothing is known`);
    return EXIT.badInput;
  }
  const limits = checkedLimits(flags, reconciliation);
  const answered = { ...answer, reconciliation, limits };
  if (flags.format === "json") writeJson(io.stdout, reconciliationToJson(answered));
  else {
    const options = { columns: columnsOf(io), bold: (text: string) => bold(io, text) };
    writeLines(io.stdout, renderReconciliation(answered, options));
  }
  if (limits.some(({ holds }) => !holds)) return EXIT.checkFailed;
  return read?.isWhole === false ? EXIT.badInput : exitCode;
}

function checkedLimits(
  { maxResidual, maxUnexplained }: ReconcileFlags,
  reconciliation: Reconciliation,
): readonly CheckedLimit[] {
  return [
    ...(maxResidual === undefined ? [] : [checkLimit("residual", maxResidual, reconciliation)]),
    ...(maxUnexplained === undefined ? [] : [checkLimit("unexplained", maxUnexplained, reconciliation)]),
  ];
}

const NO_BILL = "no bill to reconcile with: farthing import cost-report FILE..., or farthing bill set 2026-10 41204.11";
