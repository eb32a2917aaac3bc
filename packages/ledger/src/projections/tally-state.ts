import { money } from "../money/money.ts";
import type { TokenRates } from "../pricing/rate-card.ts";
import type { UnpricedReason } from "../pricing/price-book.ts";
import type { CellTableParts } from "./cell-table.ts";
import type { PriceClass } from "./price-classes.ts";
import type { SessionSumsParts } from "./session-sums.ts";
import type { StateParts, StateTable } from "./state-codec.ts";
import type { ContextGroup } from "./tally-cell.ts";

/** What a tally consists of; numbers in its cells are places in the lists. */
export interface TallyParts {
  readonly classes: readonly PriceClass[];
  readonly slots: readonly string[];
  readonly groups: readonly Pick<ContextGroup, "values" | "sources">[];
  readonly cells: CellTableParts;
  /** Null where nobody asked for sessions. */
  readonly sessions: SessionSumsParts | null;
}

/** Rates as decimal picodollars. */
type RatesJson = Readonly<Record<keyof TokenRates, string | null>>;

interface ClassJson extends Omit<PriceClass, "rates" | "ratesThen"> {
  readonly rates: RatesJson | UnpricedReason | null;
  readonly ratesThen: RatesJson | null;
}

type Aside = readonly (readonly [place: number, amount: string])[];

interface TallyJson {
  readonly classes: readonly ClassJson[];
  readonly slots: readonly string[];
  readonly groups: readonly (readonly [values: readonly (string | null)[], sources: readonly string[]])[];
  readonly aside: Aside;
  readonly openTimes: CellTableParts["openTimes"];
  readonly sessions: { readonly count: number; readonly aside: Aside } | null;
}

/** A tally as it is stored. */
export function tallyToState({ classes, slots, groups, cells, sessions }: TallyParts): StateParts {
  const json: TallyJson = {
    classes: classes.map((entry) => ({
      ...entry,
      rates: typeof entry.rates === "string" ? entry.rates : ratesToJson(entry.rates),
      ratesThen: ratesToJson(entry.ratesThen),
    })),
    slots,
    groups: groups.map(({ values, sources }) => [values, sources]),
    aside: cells.aside,
    openTimes: cells.openTimes,
    sessions: sessions && { count: sessions.names.count, aside: sessions.aside },
  };
  const ofSessions: Readonly<Record<string, StateTable>> =
    sessions === null
      ? {}
      : {
          sessionEnds: sessions.names.ends,
          sessionBytes: sessions.names.bytes,
          sessionHashes: sessions.names.hashes,
          sessionPlaces: sessions.names.places,
          sessionSums: sessions.sums,
        };
  return { json, tables: { keys: cells.keys, values: cells.values, ...ofSessions } };
}

/** Reads what `tallyToState` made; the checksum over it and the query it answers were compared before. */
export function tallyFromState({ json, tables }: StateParts): TallyParts {
  const { classes, slots, groups, aside, openTimes, sessions } = json as TallyJson;
  const { keys, values, sessionEnds, sessionBytes, sessionHashes, sessionPlaces, sessionSums } = tables;
  return {
    classes: classes.map((entry) => ({
      ...entry,
      rates: typeof entry.rates === "string" ? entry.rates : ratesFromJson(entry.rates),
      ratesThen: ratesFromJson(entry.ratesThen),
    })),
    slots,
    groups: groups.map(([own, sources]) => ({ values: own, sources })),
    cells: {
      keys: keys instanceof Int32Array ? keys : new Int32Array(),
      values: values instanceof Float64Array ? values : new Float64Array(),
      aside,
      openTimes,
    },
    sessions: sessions && {
      names: {
        count: sessions.count,
        ends: sessionEnds instanceof Uint32Array ? sessionEnds : new Uint32Array(),
        bytes: sessionBytes instanceof Uint8Array ? sessionBytes : new Uint8Array(),
        hashes: sessionHashes instanceof Uint32Array ? sessionHashes : new Uint32Array(),
        places: sessionPlaces instanceof Int32Array ? sessionPlaces : new Int32Array(2),
      },
      sums: sessionSums instanceof Float64Array ? sessionSums : new Float64Array(),
      aside: sessions.aside,
    },
  };
}

function ratesToJson(rates: TokenRates | null): RatesJson | null {
  if (rates === null) return null;
  const text = (rate: bigint | null): string | null => (rate === null ? null : String(rate));
  return {
    uncachedInput: text(rates.uncachedInput),
    cacheWrite5m: text(rates.cacheWrite5m),
    cacheWrite1h: text(rates.cacheWrite1h),
    cacheRead: text(rates.cacheRead),
    output: text(rates.output),
  };
}

function ratesFromJson(rates: RatesJson | null): TokenRates | null {
  if (rates === null) return null;
  const amount = (text: string | null): TokenRates["cacheRead"] => (text === null ? null : money(BigInt(text)));
  return {
    uncachedInput: money(BigInt(rates.uncachedInput ?? 0)),
    cacheWrite5m: amount(rates.cacheWrite5m),
    cacheWrite1h: amount(rates.cacheWrite1h),
    cacheRead: amount(rates.cacheRead),
    output: money(BigInt(rates.output ?? 0)),
  };
}
