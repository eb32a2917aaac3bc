import { TOKEN_BUCKETS, WEB_SEARCH, type CostDriverRow, type GroupKey, type TokenBucket } from "@farthing/ledger";

/** What costs are grouped by; days are those of UTC, as FOCUS has them. */
export const FOCUS_BY: readonly GroupKey[] = ["day", "service"];

/** Usage of one day, service, platform, model, tier and meter at one price. */
export interface Charge {
  readonly day: string;
  readonly service: string | null;
  readonly platform: CostDriverRow["platform"];
  readonly model: string;
  readonly tier: string;
  readonly meter: string;
  readonly unit: string;
  /** In picodollars. */
  readonly unitPrice: bigint;
  /** Negative where usage was taken away. */
  readonly quantity: bigint;
}

const METERS: Readonly<Record<TokenBucket, string>> = {
  uncachedInput: "Input Tokens",
  cacheWrite5m: "Cache Write Tokens, 5 Minutes",
  cacheWrite1h: "Cache Write Tokens, 1 Hour",
  cacheRead: "Cache Read Tokens",
  output: "Output Tokens",
};

export const SEARCH_METER = "Web Searches";

/** What is charged for some usage less other usage, in order of the days; nothing where they are equal. */
export function chargesOf(added: readonly CostDriverRow[], removed: readonly CostDriverRow[] = []): readonly Charge[] {
  const charges = new Map<string, Charge>();
  const take = (charge: Charge, sign: bigint): void => {
    const key = keyOf(charge);
    charges.set(key, { ...charge, quantity: (charges.get(key)?.quantity ?? 0n) + sign * charge.quantity });
  };
  for (const row of added) for (const charge of chargesOfRow(row)) take(charge, 1n);
  for (const row of removed) for (const charge of chargesOfRow(row)) take(charge, -1n);
  return [...charges]
    .filter(([, { quantity }]) => quantity !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, charge]) => charge);
}

function keyOf({ day, service, platform, model, tier, meter, unitPrice }: Charge): string {
  return JSON.stringify([day, service, platform, model, tier, meter, String(unitPrice)]);
}

function chargesOfRow(row: CostDriverRow): readonly Charge[] {
  const { group, platform, model, tier, tokens, rates, searchesUsd } = row;
  const [day = null, service = null] = group;
  if (day === null) throw new TypeError("costs are to be grouped by day");
  const shared = { day, service, platform, model, tier };
  const ofTokens = TOKEN_BUCKETS.flatMap((bucket) => {
    const unitPrice = rates[bucket];
    const quantity = tokens[bucket];
    if (quantity === 0n || unitPrice === null) return [];
    return [{ ...shared, meter: METERS[bucket], unit: "Tokens", unitPrice, quantity }];
  });
  if (searchesUsd === 0n) return ofTokens;
  const quantity = searchesUsd / WEB_SEARCH;
  return [...ofTokens, { ...shared, meter: SEARCH_METER, unit: "Requests", unitPrice: WEB_SEARCH, quantity }];
}
