/** What is due, earliest first; of things due together, that which was added first. */
export class TimeQueue<T> {
  readonly #entries: { readonly time: number; readonly order: number; readonly item: T }[] = [];
  #added = 0;

  get nextTime(): number {
    return this.#entries[0]?.time ?? Infinity;
  }

  add(time: number, item: T): void {
    const entries = this.#entries;
    const entry = { time, order: this.#added, item };
    this.#added += 1;
    let index = entries.length;
    entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = entries[parent];
      if (above === undefined || !isBefore(entry, above)) break;
      entries[index] = above;
      index = parent;
    }
    entries[index] = entry;
  }

  /** Takes the earliest out. */
  take(): T | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined || entries.length === 0) return first?.item;
    let index = 0;
    for (;;) {
      const left = entries[2 * index + 1];
      const right = entries[2 * index + 2];
      if (left === undefined) break;
      const useRight = right !== undefined && isBefore(right, left);
      const child = useRight ? right : left;
      if (!isBefore(child, last)) break;
      entries[index] = child;
      index = 2 * index + (useRight ? 2 : 1);
    }
    entries[index] = last;
    return first.item;
  }
}

interface Due {
  readonly time: number;
  readonly order: number;
}

function isBefore(a: Due, b: Due): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
