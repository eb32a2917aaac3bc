import type { PriceBook } from "../pricing/price-book.ts";
import { priceScheduleOf, type PassTerms, type PriceSchedule } from "../pricing/price-schedule.ts";
import type { RowTerms } from "../rows/request-rows.ts";

/** The prices of a pass of a response under some terms over a model; null for the response's own. */
export function scheduleOf(terms: RowTerms, passModel: string | null, book: PriceBook): PriceSchedule {
  return priceScheduleOf(passTerms(terms, passModel), book);
}

/** The same at the standard tier, speed and geography. */
export function standardScheduleOf(terms: RowTerms, passModel: string | null, book: PriceBook): PriceSchedule {
  const standard = { serviceTier: null, inferenceGeo: null, speed: null };
  return priceScheduleOf({ ...passTerms(terms, passModel), ...standard }, book);
}

function passTerms(terms: RowTerms, passModel: string | null): PassTerms {
  const { servedModel, serviceTier, inferenceGeo, speed } = terms;
  return { servedModel: servedModel ?? "", passModel, serviceTier, inferenceGeo, speed };
}
