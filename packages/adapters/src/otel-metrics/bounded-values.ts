/** What stands for every value beyond those that are told apart. */
const OTHER = "(other)";

/** Values of attributes that are told apart, each attribute for itself: every one of them is a time series for ever. */
const VALUES_MAX = 100;

/** Keeps the number of an attribute's values bounded, whatever comes. */
export class BoundedValues {
  readonly #seen = new Map<string, Set<string>>();

  /** The value, or `OTHER` where too many others came before it; null for none. */
  of(attribute: string, value: string | null): string | null {
    if (value === null) return null;
    const seen = this.#seen.get(attribute) ?? new Set();
    if (seen.has(value)) return value;
    if (seen.size >= VALUES_MAX) return OTHER;
    this.#seen.set(attribute, seen.add(value));
    return value;
  }
}
