import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchLedger } from "./generate-ledger.ts";

/** Folders of a ledger that hold nothing but what can be made again. */
const DERIVED = ["columns", "checkpoints"];

/**
 * A copy of a ledger to append to, which takes no room: sealed segments and what is derived are never written again, only
 * replaced, so they are shared.
 */
export function workingCopy({ path }: BenchLedger): string {
  const copy = `${path}.copy`;
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(join(copy, "segments"), { recursive: true });
  copyFileSync(join(path, "ledger.json"), join(copy, "ledger.json"));
  const names = readdirSync(join(path, "segments")).sort();
  for (const [index, name] of names.entries()) {
    const isLastOfLog = names[index + 1]?.split("-")[0] !== name.split("-")[0];
    const copyFile = isLastOfLog ? copyFileSync : linkSync;
    copyFile(join(path, "segments", name), join(copy, "segments", name));
  }
  link(join(path, "columns"), join(copy, "columns"));
  return copy;
}

export function hasColumns(ledger: string): boolean {
  return existsSync(join(ledger, "columns"));
}

/** Gives a ledger the columns of its copy, for the next time. */
export function keepColumns({ path }: BenchLedger, copy: string): void {
  link(join(copy, "columns"), join(path, "columns"));
}

export function removeDerived(ledger: string, folders: readonly string[] = DERIVED): void {
  for (const folder of folders) rmSync(join(ledger, folder), { recursive: true, force: true });
}

/** Keeps what is derived as it is now, and returns what puts it back. */
export function keepDerived(ledger: string): { readonly restore: () => void; readonly forget: () => void } {
  const kept = `${ledger}.derived`;
  rmSync(kept, { recursive: true, force: true });
  for (const folder of DERIVED) link(join(ledger, folder), join(kept, folder));
  return {
    restore: () => {
      removeDerived(ledger);
      for (const folder of DERIVED) link(join(kept, folder), join(ledger, folder));
    },
    forget: () => {
      rmSync(kept, { recursive: true, force: true });
    },
  };
}

/** The files of a folder, if it is there, under names of their own in another. */
function link(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) linkSync(join(from, name), join(to, name));
}
