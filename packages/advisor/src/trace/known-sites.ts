import type { RecordedCall } from "./recorded-call.ts";

/**
 * The call sites that calls of a service were recorded with, numbered in the order in which they are met.
 *
 * Where no release has two lines of a file, these are one call site, that code above it has moved.
 */
export class KnownSites {
  readonly #numbers = new Map<string, number>();
  /** What each was called first. */
  readonly #names: string[] = [];
  /** By number, one that it was joined to, or itself. */
  readonly #joined: number[] = [];
  readonly #severalInOne: ReadonlySet<string>;

  /** @param calls In order of their start. */
  constructor(calls: readonly (RecordedCall | undefined)[]) {
    this.#severalInOne = filesWithSeveral(calls);
    for (const call of calls) this.numberOf(call);
  }

  get count(): number {
    return this.#names.length;
  }

  /** Null for a call without one. */
  numberOf(call: RecordedCall | undefined): number | null {
    const site = call?.context.callSite ?? null;
    if (site === null) return null;
    const file = fileOf(site);
    const key = this.#severalInOne.has(file) ? site : file;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#names.push(site) - 1;
    this.#numbers.set(key, number);
    this.#joined.push(number);
    return number;
  }

  nameOf(number: number): string {
    return this.#names[number] ?? "";
  }

  /** Makes one of two: they cannot be told apart. */
  join(one: number, other: number): void {
    const [a, b] = [this.firstJoinedTo(one), this.firstJoinedTo(other)];
    this.#joined[Math.max(a, b)] = Math.min(a, b);
  }

  firstJoinedTo(number: number): number {
    let first = number;
    while ((this.#joined[first] ?? first) !== first) first = this.#joined[first] ?? first;
    return first;
  }
}

/** Files of which some release has several lines. */
function filesWithSeveral(calls: readonly (RecordedCall | undefined)[]): ReadonlySet<string> {
  const siteOf = new Map<string, string>();
  const several = new Set<string>();
  for (const call of calls) {
    const site = call?.context.callSite ?? null;
    if (call === undefined || site === null) continue;
    const file = fileOf(site);
    const key = `${file}\n${call.context.release ?? ""}`;
    const known = siteOf.get(key);
    if (known === undefined) siteOf.set(key, site);
    else if (known !== site) several.add(file);
  }
  return several;
}

function fileOf(site: string): string {
  return site.replace(/:\d+$/, "");
}
