import type { StoredColumns } from "../columns/stored-columns.ts";
import { DeadSlots } from "./dead-slots.ts";

/** Adds the slots that the column files of one folder say do not count any more. */
export function killedSlots(files: readonly StoredColumns[], dead: DeadSlots = new DeadSlots()): DeadSlots {
  addKills(files, files, dead);
  return dead;
}

/** Adds the slots of files that some others, or of the same ones, say do not count any more. */
export function addKills(killers: readonly StoredColumns[], files: readonly StoredColumns[], dead: DeadSlots): void {
  const byOrder = new Map(files.map((file) => [file.order, file]));
  for (const { kills } of killers) {
    for (let kill = 0; kill < kills.orders.length; kill += 1) {
      const file = byOrder.get(kills.orders[kill] ?? 0);
      if (file !== undefined) dead.add(file, kills.slots[kill] ?? 0);
    }
  }
}
