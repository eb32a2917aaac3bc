import { join } from "node:path";
import { openLedger, type LedgerEvent } from "@farthing/ledger";
import { emptyFolder } from "./run-cli.ts";

/** A new ledger folder that holds these events. */
export async function aLedger(events: readonly LedgerEvent[]): Promise<string> {
  const path = join(emptyFolder(), "ledger");
  const ledger = await openLedger(path, { mode: "write", create: true });
  await ledger.append(events);
  await ledger.close();
  return path;
}
