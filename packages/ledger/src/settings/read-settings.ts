import { InvalidAmountError, InvalidSettingError } from "../errors.ts";
import { parseUsd } from "../money/money.ts";
import { readBudgets } from "./read-budgets.ts";
import {
  BILLING_BASES,
  DEFAULT_SETTINGS,
  type BillingBasis,
  type CurrencySetting,
  type LedgerSettings,
} from "./settings.ts";

/**
 * Settings from JSON; what is absent has its default, and names this release does not know are left out.
 *
 * @throws InvalidSettingError for a value that cannot be.
 */
export function readSettings(json: Readonly<Record<string, unknown>>): LedgerSettings {
  const {
    billing,
    discountPercent,
    monthlyCommitmentUsd,
    currency,
    personalLabels,
    diskLimitBytes,
    timeZone,
    budgets,
  } = {
    ...DEFAULT_SETTINGS,
    ...json,
  };
  return {
    billing: readBilling(billing),
    discountPercent: readPercent(discountPercent),
    monthlyCommitmentUsd: readUsd(monthlyCommitmentUsd),
    currency: readCurrency(currency),
    personalLabels: readPersonalLabels(personalLabels),
    diskLimitBytes: readByteCount(diskLimitBytes),
    timeZone: readTimeZone(timeZone),
    budgets: readBudgets(budgets),
  };
}

function readBilling(value: unknown): LedgerSettings["billing"] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InvalidSettingError("billing", "expected a basis per source");
  }
  return Object.fromEntries(Object.entries(value).map(([source, basis]) => [source, readBasis(source, basis)]));
}

function readBasis(source: string, value: unknown): BillingBasis {
  const basis = BILLING_BASES.find((candidate) => candidate === value);
  if (basis === undefined) {
    throw new InvalidSettingError(`billing.${source}`, `expected one of ${BILLING_BASES.join(", ")}`);
  }
  return basis;
}

function readPercent(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === "string" && /^\d{1,3}(?:\.\d{1,6})?$/.test(value) && Number(value) <= 100) return value;
  throw new InvalidSettingError("discountPercent", 'expected a percentage from "0" to "100", such as "12.5"');
}

function readUsd(value: unknown): string | null {
  if (value === null) return null;
  try {
    if (typeof value === "string" && parseUsd(value) >= 0n) return value;
  } catch (error) {
    if (!(error instanceof InvalidAmountError)) throw error;
  }
  throw new InvalidSettingError("monthlyCommitmentUsd", 'expected US dollars, such as "5000"');
}

function readCurrency(value: unknown): CurrencySetting | null {
  if (value === null) return null;
  const { code, perUsd } = typeof value === "object" ? (value as Partial<Record<keyof CurrencySetting, unknown>>) : {};
  if (typeof code === "string" && /^[A-Z]{3}$/.test(code) && typeof perUsd === "string" && isRate(perUsd)) {
    return { code, perUsd };
  }
  throw new InvalidSettingError(
    "currency",
    "expected a currency's ISO 4217 code and its rate above zero, such as EUR=0.92",
  );
}

function isRate(text: string): boolean {
  return /^\d{1,9}(?:\.\d{1,9})?$/.test(text) && Number(text) > 0;
}

/**
 * The setting `personalLabels` alone, without which nothing may be recorded. A name with a zero byte is refused: see
 * `labelToken`.
 *
 * @throws InvalidSettingError for a value that cannot be.
 */
export function readPersonalLabels(value: unknown = DEFAULT_SETTINGS.personalLabels): readonly string[] {
  const isName = (name: unknown): name is string => typeof name === "string" && name !== "" && !name.includes("\0");
  if (Array.isArray(value) && value.every(isName)) return [...new Set(value)].sort();
  throw new InvalidSettingError("personalLabels", 'expected a list of label names, such as ["user", "email"]');
}

function readByteCount(value: unknown): number | null {
  if (value === null) return null;
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidSettingError("diskLimitBytes", "expected a whole number of bytes above zero, such as 10000000000");
}

function readTimeZone(value: unknown): string {
  if (typeof value === "string" && isTimeZone(value)) return value;
  throw new InvalidSettingError("timeZone", 'expected the IANA name of a time zone, such as "Europe/Berlin"');
}

function isTimeZone(name: string): boolean {
  // Asked of every ledger that is opened, and the platform's calendars take longer to load than anything else there.
  if (name === "UTC") return true;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
