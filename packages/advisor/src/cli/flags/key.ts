import type { CommandIo } from "../io.ts";

/** The key that `FARTHING_KEY` gives, for ledgers of several hosts to share; null: each ledger has its own. */
export function keyOf(env: CommandIo["env"]): string | null {
  const key = env["FARTHING_KEY"] ?? "";
  return key === "" ? null : key;
}
