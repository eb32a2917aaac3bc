import type { Bill, Instant } from "@farthing/ledger";
import { NAME_IN_REPORTS } from "./bill.ts";
import {
  billValue,
  dimensionsOfItem,
  OPTIONAL_DIMENSIONS,
  recordedValue,
  valueOrUsual,
  type RecordedAs,
} from "./dimension-values.ts";
import { DIMENSIONS, type BillItem, type Dimension, type DimensionValues } from "./reconciliation.ts";

/** Recorded usage with its time and items. */
interface Recorded extends RecordedAs {
  readonly start: Instant;
  readonly items: readonly BillItem[];
}

/**
 * What the two sides are told apart by. A dimension that the bill tells and some recorded call does not is left out where
 * that call is, in its hour or day and of its model and terms, and there alone: elsewhere nothing is unknown.
 */
export class Comparison {
  readonly comparedBy: readonly Dimension[];
  readonly unknownHere: readonly Dimension[];
  /** Values that occur in the bill. */
  readonly #billed: ReadonlyMap<Dimension, ReadonlySet<string>>;
  /** By hour or day, item and all that is always known, which dimensions some recorded call does not tell. */
  readonly #unknown = new Map<string, Set<Dimension>>();

  constructor(bill: Bill, recorded: Iterable<Recorded>) {
    const told = DIMENSIONS.filter((name) => isToldBy(bill, name));
    this.#billed = new Map(told.map((name) => [name, valuesIn(bill, name)]));
    const known = new Set<Dimension>();
    const unknown = new Set<Dimension>();
    for (const usage of recorded) {
      for (const name of told.filter((each) => OPTIONAL_DIMENSIONS.includes(each))) {
        const isKnown = this.valueOf(usage, name) !== null;
        (isKnown ? known : unknown).add(name);
        if (isKnown) continue;
        for (const item of usage.items) {
          const key = this.#placeOf(usage.start, item, (each) => this.valueOf(usage, each), told);
          this.#unknown.set(key, (this.#unknown.get(key) ?? new Set()).add(name));
        }
      }
    }
    this.comparedBy = told.filter((name) => known.has(name) || !unknown.has(name));
    this.unknownHere = told.filter((name) => unknown.has(name));
  }

  /** What recorded usage has in a dimension; null where it was not recorded. */
  valueOf(recorded: RecordedAs, name: Dimension): string | null {
    return recordedValue(recorded, name, this.#billed);
  }

  /** What something is told apart by there and then. */
  dimensionsAt(start: Instant, item: BillItem, value: (name: Dimension) => string | null): DimensionValues {
    const names = dimensionsOfItem(this.comparedBy, item);
    const unknown = this.#unknown.size === 0 ? undefined : this.#unknown.get(this.#placeOf(start, item, value, names));
    const told = unknown === undefined ? names : names.filter((name) => !unknown.has(name));
    return Object.fromEntries(told.map((name) => [name, valueOrUsual(name, value(name))]));
  }

  /** What recorded usage has in the dimensions that are compared; absent where it was not recorded. */
  knownOf(recorded: RecordedAs, item: BillItem): DimensionValues {
    const values = dimensionsOfItem(this.comparedBy, item).map((name) => [name, this.valueOf(recorded, name)] as const);
    return Object.fromEntries(values.filter(([, value]) => value !== null));
  }

  #placeOf(
    start: Instant,
    item: BillItem,
    value: (name: Dimension) => string | null,
    names: readonly Dimension[],
  ): string {
    const always = dimensionsOfItem(names, item).filter((name) => !OPTIONAL_DIMENSIONS.includes(name));
    return JSON.stringify([start, item, always.map((name) => valueOrUsual(name, value(name)))]);
  }
}

/** A name that no row has a value of tells nothing apart: the Admin API names all of them, whatever it groups by. */
function isToldBy({ cost, usage }: Bill, name: Dimension): boolean {
  const own = NAME_IN_REPORTS[name];
  const tells = ({ groupedBy, lines }: Bill["cost"] | Bill["usage"]): boolean =>
    groupedBy.includes(own) && lines.some(({ dimensions }) => dimensions[own] !== undefined);
  return tells(cost) && (usage.lines.length === 0 || tells(usage));
}

function valuesIn({ cost, usage }: Bill, name: Dimension): ReadonlySet<string> {
  const values = [...cost.lines, ...usage.lines].map((line) => billValue(line, name));
  return new Set(values.filter((value) => value !== null));
}
