import { readSettings } from "../../settings/read-settings.ts";
import type { LedgerSettings } from "../../settings/settings.ts";
import type { Database } from "./database.ts";
import { DURABLY } from "./event-rows.ts";

const ADD = `with inserting as materialized (select ${DURABLY})
  insert into farthing.setting (version, settings) select $1::integer, $2 from inserting on conflict do nothing`;

/**
 * Changes the settings of a ledger; changes of several hosts take turns. Earlier settings are kept. Only who owns the
 * tables can.
 *
 * @throws InvalidSettingError for a value that cannot be; nothing is changed.
 * @throws LedgerUnavailableError
 */
export async function patchSettings(
  { query }: Pick<Database, "query">,
  changes: Partial<LedgerSettings>,
): Promise<LedgerSettings> {
  for (;;) {
    const { rows } = await query("select version, settings from farthing.setting order by version desc limit 1");
    const [version = 0, text = "{}"] = rows[0] ?? [];
    const before = JSON.parse(String(text)) as Readonly<Record<string, unknown>>;
    const current = readSettings(before);
    const billing = { ...current.billing, ...changes.billing };
    const settings = readSettings({ ...current, ...changes, billing });
    const { count } = await query(ADD, [Number(version) + 1, JSON.stringify({ ...before, ...settings })]);
    if (count === 1) return settings;
  }
}
