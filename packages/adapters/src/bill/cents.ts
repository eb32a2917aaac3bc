import { formatUsd, InvalidAmountError, parseUsd } from "@farthing/ledger";

const DECIMAL = /^(-?)(\d+)(?:\.(\d*))?$/;

/**
 * Cents as decimal US dollars, exactly: the point moves two places.
 *
 * Amounts of the cost reports are decimal strings in cents, so that "123.45" is $1.2345 (Admin API reference of the cost
 * report; SDK 1.12.0, beta/organization/analytics/cost.d.ts: "fractional cents"; checked 2026-11-22).
 *
 * @returns Null for any other text, and for more decimals than can be kept exactly.
 */
export function usdOfCents(cents: string): string | null {
  const [whole, sign = "", integer = "", fraction = ""] = DECIMAL.exec(cents) ?? [];
  if (whole === undefined) return null;
  const digits = integer.padStart(3, "0");
  try {
    return formatUsd(parseUsd(`${sign}${digits.slice(0, -2)}.${digits.slice(-2)}${fraction}`));
  } catch (error) {
    if (error instanceof InvalidAmountError) return null;
    throw error;
  }
}
