import { describeUrl } from "@farthing/ledger";
import { forgetTarget as forget, type ForgetOutcome, type ForgetTargetOptions } from "@farthing/ledger/postgres";
import { InputError, UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { ForwardFlags } from "../flags/forward-flags.ts";
import { withoutSetting } from "../flags/setting-error.ts";
import type { CommandIo } from "../io.ts";
import { displayCount, displayQuantity } from "../output/format-values.ts";
import { writeJson, writeLines } from "../output/output.ts";

/** `farthing forward --forget TARGET`: a database that was mistyped, or is gone, is one of a folder no longer. */
export async function forgetTarget(
  io: CommandIo,
  path: string,
  { forget: target = "", force, watch, withSums, host, maxBytes, format }: ForwardFlags,
): Promise<ExitCode> {
  if (watch === true || withSums === true || host !== undefined || maxBytes !== undefined) {
    throw new UsageError("--forget: sends nothing; leave out --watch, --with-sums, --host and --max-bytes");
  }
  const to = describeUrl(target);
  const { isForgotten, forwarded, waiting } = await forgotten(path, { to, force: force === true, now: io.now });
  if (!isForgotten) {
    const what = `${displayQuantity(waiting, "event")} of ${path} ${waiting === 1 ? "is" : "are"} in no database`;
    const remedy = "send them where they belong: farthing forward --to URL; or forget it with --force";
    throw new InputError(`${to} was not forgotten: ${what}; ${remedy}, and farthing doctor goes on to say so`);
  }
  if (format === "json") writeJson(io.stdout, { ledger: path, to, forwarded, waiting, forgotten: true });
  else {
    const nowhere = waiting === 0 ? "0" : `${displayCount(waiting)}, which stay in the folder`;
    const lines = [`  there     ${displayQuantity(forwarded, "event")}`, `  nowhere   ${nowhere}`];
    writeLines(io.stdout, [`${path} is not forwarded to ${to} any more`, ...lines]);
  }
  return EXIT.done;
}

async function forgotten(path: string, options: ForgetTargetOptions): Promise<ForgetOutcome> {
  try {
    return await forget(path, options);
  } catch (error) {
    throw new UsageError(`--forget: ${withoutSetting(error)}`, { cause: error });
  }
}
