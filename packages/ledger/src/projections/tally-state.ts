import { money } from "../money/money.ts";
import type { TokenRates } from "../pricing/rate-card.ts";
import type { UnpricedReason } from "../pricing/price-book.ts";
import type { CellTableParts } from "./cell-table.ts";
import type { PriceClass } from "./price-classes.ts";
import { keyed, type PriceDrivers } from "./price-drivers.ts";
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

interface ClassJson extends Omit<PriceClass, "rates" | "ratesThen" | "drivers"> {
  readonly rates: RatesJson | UnpricedReason | null;
  readonly ratesThen: RatesJson | null;
  readonly drivers: DriversJson | null;
}

interface DriversJson extends Omit<PriceDrivers, "standardRates" | "shortRates" | "key"> {
  readonly standardRates: RatesJson | null;
  readonly shortRates: RatesJson | null;
}

type Aside = readonly (readonly [place: number, amount: string])[];

interface TallyJson {
  readonly classes: readonly ClassJson[];
  readonly slots: readonly string[];
  readonly groups: readonly (readonly [values: readonly (string | null)[], sources: readonly string[]])[];
  readonly aside: Aside;
  readonly openTimes: CellTableParts["openTimes"];
  /** Of names that are texts, how many there are; and what was set aside. */
  readonly sessions: { readonly texts: number; readonly aside: SessionSumsParts["aside"] } | null;
}

/** A tally as it is stored. */
export function tallyToState({ classes, slots, groups, cells, sessions }: TallyParts): StateParts {
  const json: TallyJson = {
    classes: classes.map((entry) => ({
      ...entry,
      rates: typeof entry.rates === "string" ? entry.rates : ratesToJson(entry.rates),
      ratesThen: ratesToJson(entry.ratesThen),
      drivers: driversToJson(entry.drivers),
    })),
    slots,
    groups: groups.map(({ values, sources }) => [values, sources]),
    aside: cells.aside,
    openTimes: cells.openTimes,
    sessions: sessions && { texts: sessions.texts.count, aside: sessions.aside },
  };
  const ofSessions: Readonly<Record<string, StateTable>> =
    sessions === null
      ? {}
      : {
          sessions: sessions.records,
          sessionEnds: sessions.texts.ends,
          sessionBytes: sessions.texts.bytes,
          sessionHashes: sessions.texts.hashes,
          sessionPlaces: sessions.texts.places,
        };
  return { json, tables: { keys: cells.keys, values: cells.values, ...ofSessions } };
}

/** Reads what `tallyToState` made; the checksum over it and the query it answers were compared before. */
export function tallyFromState({ json, tables }: StateParts): TallyParts {
  const { classes, slots, groups, aside, openTimes, sessions } = json as TallyJson;
  return {
    classes: classes.map((entry) => ({
      ...entry,
      rates: typeof entry.rates === "string" ? entry.rates : ratesFromJson(entry.rates),
      ratesThen: ratesFromJson(entry.ratesThen),
      drivers: driversFromJson(entry.drivers),
    })),
    slots,
    groups: groups.map(([own, sources]) => ({ values: own, sources })),
    cells: {
      keys: int32(tables["keys"]),
      values: doubles(tables["values"]),
      aside,
      openTimes,
    },
    sessions: sessions && {
      records: uint32(tables["sessions"]),
      texts: {
        count: sessions.texts,
        ends: uint32(tables["sessionEnds"]),
        bytes: bytes(tables["sessionBytes"]),
        hashes: uint32(tables["sessionHashes"]),
        places: int32(tables["sessionPlaces"]),
      },
      aside: sessions.aside,
    },
  };
}

// That each table is there, and of its kind, is known by the checksum.

function int32(table: StateTable | undefined): Int32Array {
  return table instanceof Int32Array ? table : new Int32Array();
}

function uint32(table: StateTable | undefined): Uint32Array {
  return table instanceof Uint32Array ? table : new Uint32Array();
}

function doubles(table: StateTable | undefined): Float64Array {
  return table instanceof Float64Array ? table : new Float64Array();
}

function bytes(table: StateTable | undefined): Uint8Array {
  return table instanceof Uint8Array ? table : new Uint8Array();
}

function driversToJson(drivers: PriceDrivers | null): DriversJson | null {
  if (drivers === null) return null;
  const { tier, platform, interrupted, furtherPass } = drivers;
  const [standardRates, shortRates] = [ratesToJson(drivers.standardRates), ratesToJson(drivers.shortRates)];
  return { tier, platform, interrupted, furtherPass, standardRates, shortRates };
}

function driversFromJson(drivers: DriversJson | null): PriceDrivers | null {
  if (drivers === null) return null;
  const [standardRates, shortRates] = [ratesFromJson(drivers.standardRates), ratesFromJson(drivers.shortRates)];
  return keyed({ ...drivers, standardRates, shortRates });
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
