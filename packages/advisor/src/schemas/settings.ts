import { z } from "zod";
import { schemaVersion, type Fields } from "./fields.ts";

/** Settings of a ledger. */
export interface SettingsDocument {
  readonly schemaVersion: 1;
  readonly ledger: string;
  readonly settings: Readonly<Record<string, string | null>>;
}

/** The document of `farthing settings get` and `farthing settings set`. */
export const settingsSchema: z.ZodType<SettingsDocument> = z.object({
  schemaVersion,
  ledger: z.string().describe("Path of the ledger"),
  settings: z
    .record(z.string(), z.string().nullable())
    .describe("The settings asked for, or all, by the names `farthing settings --help` lists; null where none is set"),
} satisfies Fields<SettingsDocument>);
