const DECIMAL = /^\d{1,9}(?:\.\d+)?$/;

/** The twelve decimals that an amount can have. */
const DECIMALS = 12;

/**
 * Dollars that a program wrote, as a number or as decimal text, to the twelve decimals that an amount can have; null
 * for what is no amount.
 */
export function decimalUsd(value: unknown): string | null {
  if (typeof value === "string") return DECIMAL.test(value) ? trimmed(value) : null;
  if (typeof value !== "number" || !Number.isFinite(value) || Math.abs(value) >= 1e9) return null;
  return trimmed(value.toFixed(DECIMALS));
}

function trimmed(text: string): string {
  const [whole = "0", fraction = ""] = text.split(".");
  const kept = fraction.slice(0, DECIMALS).replace(/0+$/, "");
  return kept === "" ? whole : `${whole}.${kept}`;
}
