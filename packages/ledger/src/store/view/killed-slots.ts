import type { Catalogue } from "../columns/catalogue.ts";
import type { StoredColumns } from "../columns/stored-columns.ts";
import { DeadSlots } from "./dead-slots.ts";

/** The slots that the column files of some folders say do not count any more. */
export function killedSlots(
  folders: readonly { readonly files: readonly StoredColumns[]; readonly catalogue: Catalogue }[],
): DeadSlots {
  const known = folders.map(({ files, catalogue }) => catalogue.killed(files));
  const dead = new DeadSlots(new Map(known.flatMap((each) => [...(each?.dead ?? [])])));
  for (const [index, { files }] of folders.entries()) addKills(known[index]?.later ?? files, files, dead);
  return dead;
}

/** Adds the slots of files that some others, or of the same ones, say do not count any more. */
export function addKills(killers: readonly StoredColumns[], files: readonly StoredColumns[], dead: DeadSlots): void {
  if (killers.every(({ kills }) => kills.orders.length === 0)) return;
  const byOrder = new Map(files.map((file) => [file.order, file]));
  for (const { kills } of killers) {
    for (let kill = 0; kill < kills.orders.length; kill += 1) {
      const file = byOrder.get(kills.orders[kill] ?? 0);
      if (file !== undefined) dead.add(file, kills.slots[kill] ?? 0);
    }
  }
}
