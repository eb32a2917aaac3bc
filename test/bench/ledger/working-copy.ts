import { copyFileSync, cpSync, linkSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { BenchLedger } from "./generate-ledger.ts";

/** Folders of a ledger that hold nothing but what can be made again. */
const DERIVED = ["columns", "checkpoints"];

/** A copy of a ledger to append to, which takes no room: sealed segments are never written again, so they are shared. */
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
  return copy;
}

export function removeDerived(ledger: string, folders: readonly string[] = DERIVED): void {
  for (const folder of folders) rmSync(join(ledger, folder), { recursive: true, force: true });
}

/** Keeps what is derived as it is now, and returns what puts it back. */
export function keepDerived(ledger: string): () => void {
  const kept = join(ledger, "..", "kept-derived");
  rmSync(kept, { recursive: true, force: true });
  for (const folder of DERIVED) cpSync(join(ledger, folder), join(kept, folder), { recursive: true });
  return () => {
    removeDerived(ledger);
    for (const folder of DERIVED) cpSync(join(kept, folder), join(ledger, folder), { recursive: true });
  };
}
