import { MODELS, type Instant, type PriceBook } from "@farthing/ledger";

/**
 * The last instant, up to a given one, at which advice could have become other advice: a price began or ended, or a
 * model was retired. Between two of these instants equal responses get equal advice.
 */
export function adviceEra(now: Instant, book: PriceBook): Instant {
  const changes = [
    ...MODELS.flatMap(({ retiredAt }) => (retiredAt === null ? [] : [retiredAt])),
    ...book.cards.flatMap(({ effectiveFrom, fast }) =>
      fast === null ? [effectiveFrom] : [effectiveFrom, fast.from, ...(fast.until === null ? [] : [fast.until])],
    ),
  ];
  return changes.reduce((last, change) => (change <= now && change > last ? change : last), 0);
}
