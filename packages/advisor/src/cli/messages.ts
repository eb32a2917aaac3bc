import type { Damage } from "@farthing/ledger";
import type { CommandIo } from "./io.ts";

/** Lines beyond this many are only counted: what is wrong shows in the first ones. */
const SHOWN_MAX = 20;

/** Writes a line to stderr, where it never mixes with results. */
export function warn(io: CommandIo, message: string): void {
  io.stderr.write(`farthing: ${message}\n`);
}

/** Writes the first of many lines to stderr and counts the rest. */
export function warnOfMany(io: CommandIo, messages: readonly string[]): void {
  for (const message of messages.slice(0, SHOWN_MAX)) warn(io, message);
  if (messages.length > SHOWN_MAX) warn(io, `... and ${String(messages.length - SHOWN_MAX)} more like these`);
}

export function warnOfDamage(io: CommandIo, damage: readonly Damage[]): void {
  if (damage.length === 0) return;
  warn(io, "the ledger is damaged; nothing was changed, and these lines are not in any figure:");
  warnOfMany(
    io,
    damage.map(({ file, line, byte, why }) => `${file}:${String(line)} (byte ${String(byte)}): ${why}`),
  );
}

export function warnOfUnknownTypes(io: CommandIo, types: ReadonlyMap<string, number>): void {
  if (types.size === 0) return;
  const counts = [...types].map(([type, count]) => `${String(count)} ${type}`).join(", ");
  warn(io, `in no figure, of types this release does not know (newer, or misspelt): ${counts}`);
}
