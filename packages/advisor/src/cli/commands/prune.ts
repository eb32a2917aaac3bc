import { formatInstant, pruneInstantFor, pruneLedger, type Instant, type PruneResult } from "@farthing/ledger";
import { UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { databaseUrl, ledgerToWrite } from "../flags/locate-ledger.ts";
import { oneLedgerToRead } from "../flags/one-ledger.ts";
import type { PruneFlags } from "../flags/prune-flags.ts";
import { nowOf } from "../flags/selection.ts";
import { pastInstant, settingsOf } from "../input/past-instant.ts";
import type { CommandIo } from "../io.ts";
import { displayBytes, displayQuantity } from "../output/format-values.ts";
import { createProgress } from "../output/progress.ts";
import { writeJson, writeLines } from "../output/output.ts";

/** `farthing prune --before T`: sums in the place of old detail. Without T, as the ledger's disk limit asks for. */
export async function prune(io: CommandIo, flags: PruneFlags): Promise<ExitCode> {
  const named = ledgerToWrite(flags.ledger, io);
  const url = databaseUrl(named, io);
  if (url !== null) {
    const { pruneShared } = await import("./prune-shared.ts");
    return pruneShared(io, flags, { name: named, url });
  }
  const path = await oneLedgerToRead(flags.ledger, io, "each ledger is pruned on its own");
  const dryRun = flags.dryRun === true;
  const now = nowOf(io, flags);
  const before = await instantToPruneBefore(path, flags, now);
  const progress = createProgress(io);
  const onProgress = (done: number, total: number): void => {
    progress.show(`${displayBytes(done)} of ${displayBytes(total)} summed up`, { done, total }, displayBytes);
  };
  const result = before === null ? null : await pruneLedger(path, { before, dryRun, onProgress });
  progress.clear();
  if (flags.format === "json") writeJson(io.stdout, toJson(path, result, dryRun));
  else writeLines(io.stdout, toLines(path, result, dryRun));
  return EXIT.done;
}

async function instantToPruneBefore(path: string, { before }: PruneFlags, now: Instant): Promise<Instant | null> {
  const settings = await settingsOf(path);
  if (before !== undefined) return pastInstant(before, settings, now);
  const { diskLimitBytes } = settings;
  if (diskLimitBytes === null) {
    throw new UsageError("prune: name --before TIME, or set a limit: farthing settings set disk-limit-bytes BYTES");
  }
  return pruneInstantFor(path, { now, limitBytes: diskLimitBytes });
}

function toJson(path: string, result: PruneResult | null, dryRun: boolean): object {
  if (result === null) return { ledger: path, dryRun, before: null, ...NOTHING, ...NO_DATABASE };
  const waitingFor = result.waitingFor.map(({ to, isForgotten, lines }) => ({ to, forgotten: isForgotten, lines }));
  return { ledger: path, dryRun, ...result, before: formatInstant(result.before), waitingFor, ...NO_DATABASE };
}

function toLines(path: string, result: PruneResult | null, dryRun: boolean): string[] {
  if (result === null) return [`${path} takes no more disk than it may; nothing was pruned`];
  const { requests, rollups, carried, segments, bytesBefore, bytesAfter, linesLeft, waitingFor, before } = result;
  const at = formatInstant(before);
  const left = [
    ...(linesLeft === 0
      ? []
      : [
          `  left      ${displayQuantity(linesLeft, "older line")} in files that are newer for the most part, or in use`,
        ]),
    ...waitingFor.map(waitingLine),
  ];
  if (segments === 0) return [`nothing to prune before ${at} in ${path}`, ...left];
  return [
    `${dryRun ? "would prune" : "pruned"} what was before ${at} from ${path}`,
    `  detail    ${displayQuantity(requests, "request")}, now ${displayQuantity(rollups, "sum")}; no total changes`,
    `  kept      ${displayQuantity(carried, "event")} of the same files as they were`,
    `  disk      ${displayQuantity(segments, "file")}, ${displayBytes(bytesBefore)}; ${displayBytes(bytesAfter)} in their place`,
    ...left,
  ];
}

function waitingLine({ to, isForgotten, lines }: PruneResult["waitingFor"][number]): string {
  const they = `  waiting   ${displayQuantity(lines, "older line")} in files of which`;
  return isForgotten
    ? `${they} some are in no database, since ${to} was forgotten; forward them to any`
    : `${they} some are not in ${to} yet; forward them, or have it forgotten`;
}

const NOTHING = {
  requests: 0,
  rollups: 0,
  carried: 0,
  segments: 0,
  bytesBefore: 0,
  bytesAfter: 0,
  linesLeft: 0,
  waitingFor: [],
};

/** What only a database has. */
const NO_DATABASE = { rows: 0, hostReports: 0, partitions: 0, hostsBehind: [] };
