import { LedgerUnavailableError, openLedger, type LedgerSettings } from "@farthing/ledger";
import { InputError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { ledgerToWrite } from "../flags/locate-ledger.ts";
import { openToWrite } from "../input/open-to-write.ts";
import { oneLedgerToRead } from "../flags/one-ledger.ts";
import { warn } from "../messages.ts";
import { writeJson, writeLines } from "../output/output.ts";
import { settingValue, settingValues, toSettingsPatch } from "../flags/setting-keys.ts";

export interface SettingsFlags {
  readonly ledger: readonly string[];
  readonly format: "text" | "json";
}

/** `farthing settings get [KEY]`: one value alone, or all of them. */
export async function getSettings(io: CommandIo, key: string | undefined, flags: SettingsFlags): Promise<ExitCode> {
  const path = await oneLedgerToRead(flags.ledger, io, "each ledger has its own settings");
  await using ledger = await openLedger(path, { mode: "read" });
  const settings = await ledger.settings.read();
  const values = key === undefined ? settingValues(settings) : new Map([[key, settingValue(settings, key)]]);
  if (flags.format === "json") writeJson(io.stdout, { ledger: path, settings: Object.fromEntries(values) });
  else if (key !== undefined) writeLines(io.stdout, [values.get(key) ?? "none"]);
  else
    writeLines(
      io.stdout,
      [...values].map(([name, value]) => `${name}  ${value ?? "none"}`),
    );
  return EXIT.done;
}

/** `farthing settings set KEY VALUE`. Only a ledger that exists has settings. */
export async function setSetting(io: CommandIo, key: string, value: string, flags: SettingsFlags): Promise<ExitCode> {
  const path = ledgerToWrite(flags.ledger, io);
  const settings = await ofOwner(path, async () => {
    await using ledger = await openToWrite(path, io);
    return await ledger.settings.patch(toSettingsPatch(key, value, await ledger.settings.read()));
  });
  if (flags.format === "json")
    writeJson(io.stdout, { ledger: path, settings: Object.fromEntries(settingValues(settings)) });
  else writeLines(io.stdout, [`${key}  ${settingValue(settings, key) ?? "none"}`]);
  if (key === "personal-labels" && settings.personalLabels.length > 0) {
    warn(io, "this holds for what is recorded from now on: events that are in the ledger keep the values they have");
  }
  return EXIT.done;
}

/** Whoever lacks a right to change settings lacks the owner's, whichever was asked for first. */
async function ofOwner(name: string, change: () => Promise<LedgerSettings>): Promise<LedgerSettings> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError) || !error.isDenied) throw error;
    const why = "its user may not change settings; do this as the owner of its tables: name that user in the URL";
    throw new InputError(`${name}: ${why}`, { cause: error });
  }
}
