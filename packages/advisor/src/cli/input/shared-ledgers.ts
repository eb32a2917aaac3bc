import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { SharedLedger } from "@farthing/ledger";
import {
  heldBackFor,
  pruneSharedLedger,
  rollUpSpend,
  updateReplica,
  userFolders,
  type PruneSharedOptions,
  type Right,
  type SharedPruneResult,
  type SpendRollUp,
} from "@farthing/ledger/postgres";
import type { CommandIo } from "../io.ts";
import { HELD_BACK_CLOSING_MS, HELD_BACK_MS } from "../../thresholds.ts";
import { InputError } from "../command-errors.ts";
import { warn } from "../messages.ts";
import { displayBytes, displayQuantity, displaySpan } from "../output/format-values.ts";
import { createProgress } from "../output/progress.ts";
import { FARTHING_VERSION } from "../version.ts";
import { loadPackage } from "./load-module.ts";

/** A ledger in a database, with the package that reaches it as it is installed where the command is called, else here. */
export function sharedLedger(url: string, { cwd }: Pick<CommandIo, "cwd">): SharedLedger {
  const beside = dirname(fileURLToPath(import.meta.url));
  return {
    url,
    loadPg: async () => {
      const found = await loadPackage("pg", [cwd, beside]);
      if (found === null) throw new Error("pg is not installed");
      return found;
    },
  };
}

/** Brings this host's copy of a ledger in a database up to date; returns its folder. Says so where something is missing. */
export async function updateSharedLedger(url: string, io: CommandIo, needs?: Right): Promise<string> {
  let heldBackMs = 0;
  const onHeldBack = (milliseconds: number): void => {
    heldBackMs = milliseconds;
  };
  const path = await withProgress(io, (onProgress) =>
    updateReplica(sharedLedger(url, io), { cache: cacheOf(io), onProgress, onHeldBack }, needs),
  );
  warnOfHeldBack(heldBackMs, io);
  return path;
}

function warnOfHeldBack(heldBackMs: number, io: CommandIo): void {
  if (heldBackMs <= HELD_BACK_MS) return;
  warn(io, `what was recorded in the last ${displaySpan(heldBackMs)} is not in this answer: farthing doctor says why`);
}

/**
 * Refuses where events of a ledger in a database are held back that a figure would lack which is to stand.
 *
 * @throws InputError
 */
export async function refuseHeldBack(url: string, io: CommandIo): Promise<void> {
  const heldBackMs = (await heldBackFor(sharedLedger(url, io))) ?? 0;
  if (heldBackMs <= HELD_BACK_CLOSING_MS) return;
  const what = `what was recorded in the last ${displaySpan(heldBackMs)} cannot be seen yet, and may belong to it`;
  throw new InputError(`nothing was closed: ${what}; farthing doctor says why, a minute after it began`);
}

/** Brings what a ledger in a database says of its spend up to date. */
export async function rollUpSharedSpend(url: string, io: CommandIo): Promise<SpendRollUp> {
  const farthing = FARTHING_VERSION;
  const done = await withProgress(io, (onProgress) =>
    rollUpSpend(sharedLedger(url, io), { cache: cacheOf(io), farthing, onProgress }),
  );
  warnOfHeldBack((await heldBackFor(sharedLedger(url, io))) ?? 0, io);
  return done;
}

/** Puts sums in the place of old detail in a database. */
export async function pruneSharedRows(
  url: string,
  what: Pick<PruneSharedOptions, "before" | "dryRun">,
  io: CommandIo,
): Promise<SharedPruneResult> {
  const progress = createProgress(io);
  const onSummed = (done: number, total: number): void => {
    progress.show(`${displayBytes(done)} of ${displayBytes(total)} summed up`, { done, total }, displayBytes);
  };
  try {
    return await pruneSharedLedger(sharedLedger(url, io), { ...what, cache: cacheOf(io), onSummed });
  } finally {
    progress.clear();
  }
}

function cacheOf({ env, home }: CommandIo): string {
  return userFolders(env, home).cache;
}

async function withProgress<T>(io: CommandIo, action: (onProgress: (rows: number) => void) => Promise<T>): Promise<T> {
  const progress = createProgress(io);
  try {
    return await action((rows) => {
      progress.show(`reading what is new: ${displayQuantity(rows, "event")}`);
    });
  } finally {
    progress.clear();
  }
}
