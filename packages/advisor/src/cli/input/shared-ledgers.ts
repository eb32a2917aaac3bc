import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { SharedLedger } from "@farthing/ledger";
import { updateReplica, userFolders } from "@farthing/ledger/postgres";
import type { CommandIo } from "../io.ts";
import { displayQuantity } from "../output/format-values.ts";
import { createProgress } from "../output/progress.ts";
import { loadPackage } from "./load-module.ts";

/** A ledger in a database, with the package that reaches it as it is installed where the command is called, else here. */
export function sharedLedger(url: string, { cwd }: Pick<CommandIo, "cwd">): SharedLedger {
  const beside = dirname(fileURLToPath(import.meta.url));
  return {
    url,
    loadPg: async () => {
      const found = await loadPackage("pg", [cwd, beside]);
      if (found === null) throw new Error("pg is not installed");
      return found;
    },
  };
}

/** Brings this host's copy of a ledger in a database up to date; returns its folder. */
export async function updateSharedLedger(url: string, io: CommandIo): Promise<string> {
  const progress = createProgress(io);
  try {
    return await updateReplica(sharedLedger(url, io), {
      cache: userFolders(io.env, io.home).cache,
      onProgress: (rows) => {
        progress.show(`reading what is new: ${displayQuantity(rows, "event")}`);
      },
    });
  } finally {
    progress.clear();
  }
}
