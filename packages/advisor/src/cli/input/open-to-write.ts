import { openLedger, type Ledger } from "@farthing/ledger";
import { keyOf } from "../flags/key.ts";
import { databaseUrl } from "../flags/locate-ledger.ts";
import type { CommandIo } from "../io.ts";

/** Opens the ledger that `ledgerToWrite` named; `create` makes it where there is none. */
export async function openToWrite(
  name: string,
  io: CommandIo,
  { create = false }: { readonly create?: boolean } = {},
): Promise<Ledger> {
  const options = { mode: "write", create, key: keyOf(io.env) } as const;
  const url = databaseUrl(name, io);
  if (url === null) return openLedger(name, options);
  const { sharedLedger } = await import("./shared-ledgers.ts");
  // A command says whether it was done.
  return openLedger({ ...sharedLedger(url, io), mustAnswer: true }, options);
}
