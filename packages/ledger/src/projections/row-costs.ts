import { totalCostOf } from "../pricing/cost.ts";
import type { PriceBook } from "../pricing/price-book.ts";
import { pricedUsageOfRow } from "../rows/request-of-row.ts";
import type { RequestRows } from "../rows/request-rows.ts";
import { amountOf } from "./cell-totals.ts";
import { PriceClasses } from "./price-classes.ts";
import { generalRows, RowClasses } from "./row-classes.ts";

/** What a row's response costs in picodollars, a bigint where a number would not be exact; null without a price. */
export type RowCost = (row: number) => number | bigint | null;

/** The costs of single rows: as `costOf`, at a fraction of its price. */
export function rowCosts(book: PriceBook): (rows: RequestRows) => RowCost {
  const classes = new PriceClasses(book, null);
  return (rows) => {
    const ofTerms = new RowClasses(rows, (terms) => classes.windowsOf(terms));
    const general = generalRows(rows);
    const { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output, webSearchRequests, termsOf } = rows;
    return (row) => {
      const at = rows.occurredAt[row] ?? 0;
      const term = termsOf[row] ?? 0;
      if (general !== null && general[row] !== 0) {
        return totalCostOf(pricedUsageOfRow(rows, row), rows.terms.at(term).servedModel ?? "", at, book);
      }
      if (at < (ofTerms.from[term] ?? 0) || at >= (ofTerms.until[term] ?? 0)) ofTerms.enter(term, at);
      const counts = {
        uncachedInput: uncachedInput[row] ?? 0,
        cacheWrite5m: cacheWrite5m[row] ?? 0,
        cacheWrite1h: cacheWrite1h[row] ?? 0,
        cacheRead: cacheRead[row] ?? 0,
        output: output[row] ?? 0,
        webSearch: webSearchRequests[row] ?? 0,
      };
      const prompt = counts.uncachedInput + counts.cacheWrite5m + counts.cacheWrite1h + counts.cacheRead;
      const isBase = prompt <= (ofTerms.limit[term] ?? 0);
      const priceClass = classes.list[isBase ? (ofTerms.base[term] ?? -1) : ofTerms.classOf(term, row, prompt)];
      return amountOf(priceClass?.rates ?? null, (item) => counts[item]);
    };
  };
}
