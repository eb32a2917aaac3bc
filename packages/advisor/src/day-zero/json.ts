import { formatInstant, formatUsd, type Money } from "@farthing/ledger";
import { CEILING_MARK, type Ceiling, type DayZero, type RankedRow } from "./day-zero.ts";
import { NOT_SAID, nextSteps, billNotes } from "./words.ts";

/** What a bill alone says, as a part of the report's JSON document. */
export function dayZeroToJson(zero: DayZero): object {
  const { services } = zero;
  return {
    since: formatInstant(zero.from),
    until: formatInstant(zero.until),
    coveredHours: zero.coveredMs / HOUR_MS,
    complete: zero.complete,
    basis: zero.basis,
    usd: usdOrNull(zero.usd),
    billedUsd: usdOrNull(zero.billedUsd),
    statedUsd: usdOrNull(zero.statedUsd),
    toldApart: zero.told,
    ceilingMark: CEILING_MARK,
    rows: zero.rows.map(rowToJson),
    services:
      services === null
        ? null
        : {
            by: services.by,
            basis: services.basis,
            usd: formatUsd(services.usd),
            rows: services.rows.map(({ id, usd }) => ({ id, usd: formatUsd(usd) })),
          },
    attachFirst:
      services === null
        ? null
        : {
            by: services.by,
            id: services.first.id,
            usd: formatUsd(services.first.usd),
            ofUsd: formatUsd(services.usd),
            largest: largestToJson(services.first.largest),
          },
    notes: billNotes(zero),
    notSaid: NOT_SAID,
    next: nextSteps(zero),
  };
}

const HOUR_MS = 3_600_000;

function rowToJson({ usd, ceilings, ...row }: RankedRow): object {
  return { ...row, usd: usdOrNull(usd), ceilings: ceilings.map(ceilingToJson) };
}

function largestToJson({ model, item, usd }: RankedRow): object {
  return { model, item, usd: usdOrNull(usd) };
}

function ceilingToJson({ usd, ...ceiling }: Ceiling): object {
  return { ...ceiling, usd: formatUsd(usd) };
}

function usdOrNull(usd: Money | null): string | null {
  return usd === null ? null : formatUsd(usd);
}
