import { compare, money, sum, type Money } from "@farthing/ledger";
import type { BilledSide } from "./billed-lines.ts";
import type { BilledServices, RankedRow } from "./day-zero.ts";

/** A side of the bill, and its ranking. */
export interface RankedSide extends Pick<BilledSide, "basis" | "told"> {
  readonly rows: readonly RankedRow[];
}

/**
 * What of a bill is nearest to services, and which of these to attach first: the one that was billed the most. What it
 * could save is not known before its requests are, and cannot be more.
 *
 * @param sides Keys of any of them come before workspaces of the first.
 */
export function billedServices(sides: readonly RankedSide[]): BilledServices | null {
  for (const by of ["apiKey", "workspace"] as const) {
    for (const side of sides) {
      const found = servicesOf(side, by);
      if (found !== null) return found;
    }
  }
  return null;
}

function servicesOf({ basis, told, rows }: RankedSide, by: BilledServices["by"]): BilledServices | null {
  if (!told.includes(by)) return null;
  const amounts = new Map<string | null, Money>();
  for (const row of rows) {
    if (row.usd !== null) amounts.set(row[by], money((amounts.get(row[by]) ?? 0n) + row.usd));
  }
  const services = [...amounts]
    .map(([id, usd]) => ({ id, usd }))
    .sort((a, b) => compare(b.usd, a.usd) || ((a.id ?? "") < (b.id ?? "") ? -1 : 1));
  const first = services.find(({ id, usd }) => id !== null && usd > 0n);
  const largest = rows.find((row) => first !== undefined && row[by] === first.id);
  if (first === undefined || first.id === null || largest === undefined) return null;
  return {
    by,
    basis,
    usd: sum(services.map(({ usd }) => usd)),
    rows: services,
    hasUnpriced: rows.some((row) => row.usd === null && row[by] !== first.id),
    first: { id: first.id, usd: first.usd, largest },
  };
}
