import { OPTIONAL_DIMENSIONS } from "./dimension-values.ts";
import type { Dimension, DimensionValues } from "./reconciliation.ts";

/** An amount that can be explained once. */
export interface Pool {
  left: bigint;
}

/** What pools are of, besides their dimensions. */
type Subject = readonly (string | number)[];

/** The pools of one subject and of equal dimensions. */
interface Alike<P> {
  readonly dimensions: DimensionValues;
  pools: P[];
}

/** Pools by what they are of, found by dimensions of which a place may tell fewer than they do. */
export class Pools<P extends Pool> {
  /** By subject and all dimensions that are always known, and then by the others. */
  readonly #alike = new Map<string, Map<string, Alike<P>>>();
  /** Those of them that do not tell every dimension; few. */
  readonly #partial = new Map<string, readonly Alike<P>[]>();
  readonly #optional: readonly Dimension[];

  /** @param comparedBy Dimensions that pools and places tell, unless they are unknown there. */
  constructor(comparedBy: readonly Dimension[]) {
    this.#optional = OPTIONAL_DIMENSIONS.filter((name) => comparedBy.includes(name));
  }

  add(subject: Subject, dimensions: DimensionValues, pool: P): void {
    this.#at(subject, dimensions).pools.push(pool);
  }

  /** Adds an amount to the one pool there is of these. */
  merge(this: Pools<Pool>, subject: Subject, dimensions: DimensionValues, amount: bigint): void {
    const { pools } = this.#at(subject, dimensions);
    const [held] = pools;
    if (held === undefined) pools.push({ left: amount });
    else held.left += amount;
  }

  /**
   * The pools of what a place can be of. A dimension that the place or the pool does not tell can have any value.
   *
   * @param isOpen Pools for which it is false are forgotten.
   */
  matching(subject: Subject, place: DimensionValues, isOpen: (pool: P) => boolean = () => true): readonly P[] {
    const groups = this.#alike.get(keyOf(subject, place));
    if (groups === undefined) return [];
    const exact = this.#isWhole(place) ? groups.get(this.#textOf(place)) : undefined;
    const others = this.#isWhole(place) ? (this.#partial.get(keyOf(subject, place)) ?? []) : [...groups.values()];
    const matches = ({ dimensions }: Alike<P>): boolean =>
      this.#optional.every((name) => {
        const [here, there] = [place[name], dimensions[name]];
        return here === undefined || there === undefined || here === there;
      });
    const found = [...(exact === undefined ? [] : [exact]), ...others.filter(matches)];
    return found.flatMap((group) => {
      group.pools = group.pools.filter(isOpen);
      return group.pools;
    });
  }

  #isWhole(dimensions: DimensionValues): boolean {
    return this.#optional.every((name) => dimensions[name] !== undefined);
  }

  #textOf(dimensions: DimensionValues): string {
    return JSON.stringify(this.#optional.map((name) => dimensions[name] ?? null));
  }

  #at(subject: Subject, dimensions: DimensionValues): Alike<P> {
    const key = keyOf(subject, dimensions);
    const groups = this.#alike.get(key) ?? new Map<string, Alike<P>>();
    this.#alike.set(key, groups);
    const own = this.#textOf(dimensions);
    const held = groups.get(own);
    if (held !== undefined) return held;
    const made: Alike<P> = { dimensions, pools: [] };
    groups.set(own, made);
    if (!this.#isWhole(dimensions)) this.#partial.set(key, [...(this.#partial.get(key) ?? []), made]);
    return made;
  }
}

function keyOf(subject: Subject, dimensions: DimensionValues): string {
  const always = Object.entries(dimensions).filter(([name]) => !OPTIONAL_DIMENSIONS.some((other) => other === name));
  return JSON.stringify([subject, always]);
}
