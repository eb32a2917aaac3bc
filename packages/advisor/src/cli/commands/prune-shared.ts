import { formatInstant } from "@farthing/ledger";
import type { SharedPruneResult } from "@farthing/ledger/postgres";
import { UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { PruneFlags } from "../flags/prune-flags.ts";
import { nowOf } from "../flags/selection.ts";
import { pastInstant, settingsOf } from "../input/past-instant.ts";
import { pruneSharedRows, updateSharedLedger } from "../input/shared-ledgers.ts";
import type { CommandIo } from "../io.ts";
import { displayBytes, displayCount, displayQuantity } from "../output/format-values.ts";
import { writeJson, writeLines } from "../output/output.ts";
import { printable } from "../../report/text-layout.ts";

/** A ledger in a database: its URL, and the name that may be printed. */
interface NamedDatabase {
  readonly name: string;
  readonly url: string;
}

/** `farthing prune --before T` of a ledger in a database: sums in the place of old detail. */
export async function pruneShared(io: CommandIo, flags: PruneFlags, { name, url }: NamedDatabase): Promise<ExitCode> {
  if (flags.before === undefined) {
    const why = "disk-limit-bytes is of ledgers in folders, and says nothing about a database";
    throw new UsageError(`prune: name --before TIME; ${why}`);
  }
  const settings = await settingsOf(await updateSharedLedger(url, io, "farthing_pruner"));
  const before = pastInstant(flags.before, settings, nowOf(io, flags));
  const dryRun = flags.dryRun === true;
  const result = await pruneSharedRows(url, { before, dryRun }, io);
  if (flags.format === "json") writeJson(io.stdout, toJson(name, result, dryRun));
  else writeLines(io.stdout, toLines(name, result, dryRun));
  return EXIT.done;
}

function toJson(name: string, { before, ...counts }: SharedPruneResult, dryRun: boolean): object {
  // What is not rewritten is not carried over, and there are no segments.
  return { ledger: name, dryRun, before: formatInstant(before), carried: 0, segments: 0, ...counts, waitingFor: [] };
}

function toLines(name: string, result: SharedPruneResult, dryRun: boolean): string[] {
  const { requests, rollups, rows, bytesBefore, bytesAfter, linesLeft, hostReports, partitions } = result;
  const at = formatInstant(result.before);
  const left =
    linesLeft === 0
      ? []
      : [`  left      ${displayQuantity(linesLeft, "older line")} of requests that are in dispute or corrected`];
  const hosts = hostReports === 0 ? [] : [`  hosts     ${displayQuantity(hostReports, "older report")} removed`];
  if (requests === 0) return [`nothing to prune before ${at} in ${name}`, ...left, ...hosts];
  const months = partitions === 0 ? "" : `; ${displayQuantity(partitions, "month")} dropped`;
  return [
    `${dryRun ? "would prune" : "pruned"} what was before ${at} from ${name}`,
    `  detail    ${displayQuantity(requests, "request")}, now ${displayQuantity(rollups, "sum")}; no total changes`,
    `  disk      ${displayQuantity(rows, "row")}, ${displayBytes(bytesBefore)}; ${displayBytes(bytesAfter)} in their place${months}`,
    ...left,
    ...hosts,
    ...behindLines(result.hostsBehind),
  ];
}

/** As many hosts are named. */
const NAMED_MAX = 3;

function behindLines(hosts: readonly string[]): string[] {
  if (hosts.length === 0) return [];
  const named = hosts.slice(0, NAMED_MAX).map(printable).join(", ");
  const more = hosts.length > NAMED_MAX ? `, and ${displayCount(hosts.length - NAMED_MAX)} more` : "";
  const have = `${displayQuantity(hosts.length, "host")} ${hosts.length === 1 ? "has" : "have"} events that are not here yet`;
  return [`  behind    ${have} (${named}${more}); what they say of pruned requests will not count`];
}
