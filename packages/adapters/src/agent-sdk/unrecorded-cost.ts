import {
  add,
  costOf,
  subtract,
  ZERO,
  type CostReported,
  type Money,
  type PriceBook,
  type ResponseRecorded,
} from "@farthing/ledger";
import { priceOfReported, PRICE_ROUNDING } from "../import/reported-difference.ts";

/** What clients counted and no response of the stream tells. */
export interface UnrecordedCost {
  /** Price of the tokens that results tell. */
  readonly reported: Money;
  /** Of that, what is on no recorded response, or on one only in part. */
  readonly unrecorded: Money;
}

/**
 * Holds what results tell against the responses of the same stream, at the ledger's prices. Results of which a price is
 * missing are left out.
 */
export function unrecordedCost(
  costs: readonly CostReported[],
  responses: ReadonlyMap<string, ResponseRecorded>,
  book: PriceBook,
): UnrecordedCost {
  let [reported, unrecorded] = [ZERO, ZERO];
  for (const cost of costs) {
    const whole = cost.models.reduce<Money | null>((sum, model) => {
      const own = priceOfReported(model, Date.parse(cost.occurredAt), book);
      return sum === null || own === null ? null : add(sum, own);
    }, ZERO);
    if (whole === null) continue;
    const recorded = cost.responses.reduce<Money>((sum, id) => {
      const response = responses.get(id);
      if (response === undefined) return sum;
      const { total } = costOf(response.usage, response.servedModel, Date.parse(response.occurredAt), book);
      return total === null ? sum : add(sum, total);
    }, ZERO);
    reported = add(reported, whole);
    const left = subtract(whole, recorded);
    if (left > PRICE_ROUNDING) unrecorded = add(unrecorded, left);
  }
  return { reported, unrecorded };
}
