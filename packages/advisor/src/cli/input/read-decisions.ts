import type { KnownEvent } from "@farthing/ledger";
import type { Decision } from "../../follow-up/decision.ts";
import { warnOfMany } from "../messages.ts";
import type { CommandIo } from "../io.ts";

/** What has been decided on advice. Says on stderr which decisions cannot be read. Most ledgers have none, and load nothing. */
export async function readDecisions(
  io: CommandIo,
  others: readonly KnownEvent[],
): Promise<ReadonlyMap<string, Decision>> {
  if (!others.some(({ type }) => type === "AdviceAccepted" || type === "AdviceDismissed")) return new Map();
  const { decisionsOf } = await import("../../follow-up/decision-events.ts");
  const { inForce, rejected } = decisionsOf(others);
  warnOfMany(
    io,
    rejected.map(({ id, why }) => `decision ${id} is left out: ${why}`),
  );
  return inForce;
}
