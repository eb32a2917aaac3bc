import type { Ledger } from "../ledger-api.ts";
import { createPseudonymizer, type Pseudonymize } from "../privacy/pseudonymize.ts";
import { readPersonalLabels } from "../settings/read-settings.ts";
import type { JoinedLedger } from "../store/postgres/joined-ledger.ts";

/**
 * Makes the labels that are personal in a shared ledger personal in a folder that is forwarded to it, so that their
 * values are on no disk either. Returns their names.
 */
export async function keepSharedLabelsPersonal(
  ledger: Ledger,
  { settings }: Pick<JoinedLedger, "settings">,
): Promise<readonly string[]> {
  const shared = readPersonalLabels(settings["personalLabels"] ?? []);
  if (shared.length === 0) return shared;
  const { personalLabels } = await ledger.settings.read();
  if (!shared.every((name) => personalLabels.includes(name))) {
    await ledger.settings.patch({ personalLabels: [...new Set([...personalLabels, ...shared])].sort() });
  }
  return shared;
}

/** What an event of a folder becomes before it leaves the host. */
export async function sharedPseudonymizer(
  ledger: Ledger,
  joined: Pick<JoinedLedger, "settings">,
): Promise<Pseudonymize> {
  const names = await keepSharedLabelsPersonal(ledger, joined);
  return names.length === 0 ? (event) => event : createPseudonymizer(names, await ledger.fingerprintKey());
}
