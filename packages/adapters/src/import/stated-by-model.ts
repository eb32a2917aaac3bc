import {
  add,
  type CostReported,
  costOf,
  formatUsd,
  isResponse,
  type LedgerEvent,
  type Money,
  parseUsd,
  type PriceBook,
  subtract,
  ZERO,
} from "@farthing/ledger";
import { PRICE_ROUNDING } from "./reported-difference.ts";

/** The stated costs in records of one model beside the price of the same tokens. */
export interface StatedByModel {
  readonly model: string;
  /** Records with a stated cost and a price; of a call that several tell of, each. */
  readonly records: number;
  /** Those of which the two differ by more than a double rounds. */
  readonly differing: number;
  /** Of all these, as stated, in decimal US dollars. */
  readonly statedUsd: string;
  /** What their tokens cost at the ledger's prices. */
  readonly usd: string;
  /** `usd` less `statedUsd`. */
  readonly differenceUsd: string;
  /** Records with a stated cost and no known one, and what was stated in them. */
  readonly unpricedRecords: number;
  readonly unpricedStatedUsd: string;
}

interface Sums {
  records: number;
  differing: number;
  stated: Money;
  own: Money;
  unpricedRecords: number;
  unpricedStated: Money;
}

/** Adds up stated costs, exactly, in memory that does not grow with their number. */
export class StatedCosts {
  readonly #byModel = new Map<string, Sums>();

  add(event: CostReported, call: LedgerEvent | undefined, book: PriceBook): void {
    const model = modelOf(call);
    const sums = this.#byModel.get(model) ?? nothing();
    this.#byModel.set(model, sums);
    const stated = parseUsd(event.usd);
    const own =
      call !== undefined && isResponse(call)
        ? costOf(call.usage, model, Date.parse(call.occurredAt), book).total
        : null;
    if (own === null) {
      sums.unpricedRecords += 1;
      sums.unpricedStated = add(sums.unpricedStated, stated);
      return;
    }
    const difference = subtract(own, stated);
    sums.records += 1;
    if (difference >= PRICE_ROUNDING || difference <= -PRICE_ROUNDING) sums.differing += 1;
    sums.stated = add(sums.stated, stated);
    sums.own = add(sums.own, own);
  }

  report(): readonly StatedByModel[] {
    const models = [...this.#byModel].sort(([a], [b]) => (a < b ? -1 : 1));
    return models.map(([model, sums]) => ({
      model,
      records: sums.records,
      differing: sums.differing,
      statedUsd: formatUsd(sums.stated),
      usd: formatUsd(sums.own),
      differenceUsd: formatUsd(subtract(sums.own, sums.stated)),
      unpricedRecords: sums.unpricedRecords,
      unpricedStatedUsd: formatUsd(sums.unpricedStated),
    }));
  }
}

function nothing(): Sums {
  return { records: 0, differing: 0, stated: ZERO, own: ZERO, unpricedRecords: 0, unpricedStated: ZERO };
}

function modelOf(call: LedgerEvent | undefined): string {
  if (call === undefined) return "";
  if (isResponse(call)) return call.servedModel;
  const model = "requestedModel" in call ? call["requestedModel"] : null;
  return typeof model === "string" ? model : "";
}
