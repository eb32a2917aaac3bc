import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLedger, type LedgerEvent } from "@farthing/ledger";
import { emptyFolder } from "./run-cli.ts";

/** A new ledger with a log for each list of events, cut into segments of so many lines. */
export async function aLedgerOfSegments(
  logs: readonly (readonly LedgerEvent[])[],
  linesPerSegment: number,
  now: () => number = () => 1_000,
): Promise<string> {
  const path = join(emptyFolder(), "ledger");
  const ledgers = [];
  // Open at once, so that each has a log of its own.
  for (const _ of logs) ledgers.push(await openLedger(path, { mode: "write", create: true, now }));
  for (const [index, ledger] of ledgers.entries()) {
    // One by one: events of one append must not contradict each other.
    for (const event of logs[index] ?? []) await ledger.append([event]);
  }
  for (const ledger of ledgers) await ledger.close();
  cutSegments(path, linesPerSegment);
  return path;
}

/** Cuts every log of a ledger into segments of so many lines; the last one can be shorter, or empty. */
function cutSegments(path: string, linesPerSegment: number): void {
  const folder = join(path, "segments");
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  for (const writer of new Set(names.map((name) => name.slice(0, name.indexOf("-"))))) {
    const own = names.filter((name) => name.startsWith(`${writer}-`));
    const lines = own.flatMap((name) => readFileSync(join(folder, name), "utf8").split(/(?<=\n)/));
    for (const name of own) rmSync(join(folder, name));
    for (let number = 1, from = 0; from <= lines.length; number += 1, from += linesPerSegment) {
      const name = `${writer}-${String(number).padStart(8, "0")}.ndjson`;
      writeFileSync(join(folder, name), lines.slice(from, from + linesPerSegment).join(""));
    }
  }
}
