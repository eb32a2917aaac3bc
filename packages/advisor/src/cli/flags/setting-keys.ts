import { EVERY_SOURCE, type BillingBasis, type CurrencySetting, type LedgerSettings } from "@farthing/ledger";
import { UsageError } from "../command-errors.ts";
import { SETTING_NAMES } from "./setting-names.ts";

const BASES: readonly BillingBasis[] = ["per-token", "subscription", "mixed", "unknown"];
const BILLING_OF_SOURCE = /^billing\.(.+)$/;

/**
 * What a key and a value change. The ledger checks amounts and zones itself.
 *
 * @throws UsageError for a key there is none of, or a basis there is none of.
 */
export function toSettingsPatch(key: string, value: string, current: LedgerSettings): Partial<LedgerSettings> {
  const optional = value === "none" ? null : value;
  if (key === "discount-percent") return { discountPercent: optional };
  if (key === "monthly-commitment-usd") return { monthlyCommitmentUsd: optional };
  if (key === "currency") return { currency: optional === null ? null : toCurrency(optional) };
  if (key === "time-zone") return { timeZone: value };
  if (key === "personal-labels") return { personalLabels: toNames(optional) };
  if (key === "disk-limit-bytes") return { diskLimitBytes: optional === null ? null : Number(optional) };
  const source = key === "billing" ? EVERY_SOURCE : BILLING_OF_SOURCE.exec(key)?.[1];
  if (source === undefined) throw unknownKey(key);
  const basis = BASES.find((each) => each === value);
  if (basis === undefined)
    throw new UsageError(`${key}: "${value}" is not a billing basis; choose from ${BASES.join(", ")}`);
  return { billing: { ...current.billing, [source]: basis } };
}

/** All settings by name; null where none is set. */
export function settingValues(settings: LedgerSettings): ReadonlyMap<string, string | null> {
  const billing = Object.entries(settings.billing).sort(([a], [b]) => (a < b ? -1 : 1));
  const everySource = Object.hasOwn(settings.billing, EVERY_SOURCE) ? settings.billing[EVERY_SOURCE] : undefined;
  return new Map([
    ["billing", everySource ?? "unknown"],
    ...billing
      .filter(([source]) => source !== EVERY_SOURCE)
      .map(([source, basis]): [string, string] => [`billing.${source}`, basis]),
    ["discount-percent", settings.discountPercent],
    ["monthly-commitment-usd", settings.monthlyCommitmentUsd],
    ["currency", settings.currency === null ? null : `${settings.currency.code}=${settings.currency.perUsd}`],
    ["time-zone", settings.timeZone],
    ["personal-labels", settings.personalLabels.length === 0 ? null : settings.personalLabels.join(",")],
    ["disk-limit-bytes", settings.diskLimitBytes === null ? null : String(settings.diskLimitBytes)],
  ]);
}

function toCurrency(value: string): CurrencySetting {
  const [code = "", perUsd = ""] = value.split("=");
  return { code: code.trim(), perUsd: perUsd.trim() };
}

function toNames(value: string | null): readonly string[] {
  return value === null ? [] : value.split(",").map((name) => name.trim());
}

/** @throws UsageError for a key there is none of. */
export function settingValue(settings: LedgerSettings, key: string): string | null {
  const value = settingValues(settings).get(key);
  if (value !== undefined) return value;
  if (BILLING_OF_SOURCE.test(key)) return settingValue(settings, "billing");
  throw unknownKey(key);
}

function unknownKey(key: string): UsageError {
  return new UsageError(`"${key}" is not a setting; choose from ${SETTING_NAMES.map(({ name }) => name).join(", ")}`);
}
