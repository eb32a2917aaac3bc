import { costOf, formatInstant, formatUsd, type Instant, type PriceBook, type Usage } from "@farthing/ledger";

/** What a usage costs, as the JSON document of `farthing price`. */
export function priceToJson(usage: Usage, model: string, at: Instant, book: PriceBook): object {
  const cost = costOf(usage, model, at, book);
  return {
    model,
    at: formatInstant(at),
    usd: cost.total === null ? null : formatUsd(cost.total),
    lines: cost.lines.map((line) => ({
      item: line.item,
      model: line.model,
      iteration: line.iteration,
      quantity: line.quantity,
      usdPerUnit: line.perUnit === null ? null : formatUsd(line.perUnit),
      usd: line.amount === null ? null : formatUsd(line.amount),
    })),
    ...(cost.reason === null ? {} : { reason: cost.reason }),
    ...(cost.notional ? { notional: true } : {}),
    ...(cost.regionUnknown ? { regionUnknown: true } : {}),
    ...(usage.notes.length === 0 ? {} : { notes: usage.notes }),
  };
}
