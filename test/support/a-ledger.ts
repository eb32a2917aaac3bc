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

/** A new ledger folder that holds these events in many segments, most of them full. */
export async function aLedgerOfSegments(events: readonly LedgerEvent[]): Promise<string> {
  const path = join(emptyFolder(), "ledger");
  await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: 4_096 });
  for (const event of events) await ledger.append([event]);
  return path;
}
