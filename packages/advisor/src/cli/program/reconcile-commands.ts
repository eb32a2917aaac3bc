import { InvalidArgumentError, type Command } from "commander";
import type { ReconcileFlags } from "../commands/reconcile.ts";
import type { Finish } from "../finish.ts";
import { withFormat, withPrices } from "../flags/ledger-options.ts";
import type { CommandIo } from "../io.ts";
import { parseResidualLimit, type ResidualLimit } from "../../reconcile/residual-limit.ts";

/** The command that holds a bill against the ledger. */
export function addReconcileCommand(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withPrices(program.command("reconcile [period]")), ["text", "json"])
    .description("the bill against the ledger: what differs, and why")
    .option("--max-residual <limit>", "fail where more differs: 12.50, or 1% of the bill", parseLimit)
    .option("--max-unexplained <limit>", "fail where more is unexplained", parseLimit)
    .option("--live", "read the bill of PERIOD from the API first, with the key in ANTHROPIC_ADMIN_KEY")
    .addHelpText("after", HELP)
    .action(async (period: string | undefined, flags: ReconcileFlags) => {
      const { reconcileBill } = await import("../commands/reconcile.ts");
      finish(await reconcileBill(io, period, flags));
    });
}

/** @throws InvalidArgumentError for a text that is no limit. */
function parseLimit(text: string): ResidualLimit {
  const limit = parseResidualLimit(text);
  if (limit === null)
    throw new InvalidArgumentError("expected US dollars, such as 12.50, or a percentage, such as 0.5%");
  return limit;
}

const HELP = `
PERIOD is a day, a month, an ISO week or FIRST..LAST of these, in UTC; without
it, all that the bill tells. The bill is what was imported with import
cost-report and usage-report, or stated with bill set. Every dollar of the
difference is in one class, and the classes sum to it. With a limit it exits 1
where more differs; what is missing and what is too much never cancel.

With --live the cost report and the usage report of PERIOD are first read from
Anthropic and kept in the ledger. It takes an Admin API key, from
ANTHROPIC_ADMIN_KEY alone, @anthropic-ai/sdk, and a PERIOD that begins in 2026
or later and at most 365 days ago. Every 31 days are one request of each report,
with a minute between them. What could not be read is named, and it exits 3.

Examples: farthing reconcile 2026-10
          ANTHROPIC_ADMIN_KEY=... farthing reconcile 2026-10 --live`;
