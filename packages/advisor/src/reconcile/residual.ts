import { money, ZERO, type Money } from "@farthing/ledger";

/** The two sides of what is alike in time, in every dimension and in what is charged for. */
export interface TwoSides {
  readonly billedUsd: Money;
  /** Null where the bill tells amounts alone. */
  readonly billedQuantity: bigint | null;
  /** How far the amount can be off because the bill rounds its rows. */
  readonly roundingUsd: Money;
  /** Of what has a price. */
  readonly recordedUsd: Money;
  readonly pricedQuantity: bigint;
  /** What was recorded and has no price. */
  readonly unpricedQuantity: bigint;
}

/** What the difference of two sides is made of. The amounts sum to it. */
export interface ResidualSplit {
  /** Usage that one side has and the other has not. */
  readonly quantity: { readonly usd: Money; readonly quantity: bigint | null };
  readonly unpriced: { readonly usd: Money; readonly quantity: bigint };
  /** The same usage at another price. */
  readonly mispricedUsd: Money;
  readonly roundingUsd: Money;
  /** What cannot be told to be one or the other, because the bill tells amounts alone. */
  readonly undeterminedUsd: Money;
}

const NOTHING: ResidualSplit = {
  quantity: { usd: ZERO, quantity: null },
  unpriced: { usd: ZERO, quantity: 0n },
  mispricedUsd: ZERO,
  roundingUsd: ZERO,
  undeterminedUsd: ZERO,
};

/** Splits what the bill has over the ledger. */
export function splitResidual(sides: TwoSides): ResidualSplit {
  return sides.billedQuantity === null ? splitAmount(sides) : splitUsage(sides, sides.billedQuantity);
}

/** Usage that was not recorded, or has no price, is valued at what the bill charges for the same. */
function splitUsage(sides: TwoSides, billedQuantity: bigint): ResidualSplit {
  const { billedUsd, recordedUsd, pricedQuantity, unpricedQuantity } = sides;
  const difference = billedQuantity - pricedQuantity - unpricedQuantity;
  const residual = billedUsd - recordedUsd;
  if (billedQuantity === 0n) {
    // Nothing was used by the bill: what it charges all the same is of a kind that it does not count.
    const quantity = { usd: money(-recordedUsd), quantity: difference };
    return { ...NOTHING, quantity, undeterminedUsd: billedUsd };
  }
  const quantityUsd = (billedUsd * difference) / billedQuantity;
  const unpricedUsd = (billedUsd * unpricedQuantity) / billedQuantity;
  return {
    ...NOTHING,
    quantity: { usd: money(quantityUsd), quantity: difference },
    unpriced: { usd: money(unpricedUsd), quantity: unpricedQuantity },
    ...priceOrRounding(money(residual - quantityUsd - unpricedUsd), sides),
  };
}

function splitAmount(sides: TwoSides): ResidualSplit {
  const { billedUsd, recordedUsd, pricedQuantity, unpricedQuantity } = sides;
  const residual = money(billedUsd - recordedUsd);
  const nothingRecorded = pricedQuantity + unpricedQuantity === 0n;
  if (nothingRecorded || billedUsd === 0n) return { ...NOTHING, quantity: { usd: residual, quantity: null } };
  if (pricedQuantity === 0n) return { ...NOTHING, unpriced: { usd: residual, quantity: unpricedQuantity } };
  if (isRounding(residual, sides)) return { ...NOTHING, roundingUsd: residual };
  return { ...NOTHING, undeterminedUsd: residual };
}

function priceOrRounding(usd: Money, sides: TwoSides): Pick<ResidualSplit, "mispricedUsd" | "roundingUsd"> {
  return isRounding(usd, sides) ? { mispricedUsd: ZERO, roundingUsd: usd } : { mispricedUsd: usd, roundingUsd: ZERO };
}

function isRounding(usd: Money, { roundingUsd }: TwoSides): boolean {
  return (usd < 0n ? -usd : usd) <= roundingUsd;
}
