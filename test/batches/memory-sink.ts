import {
  foldAccount,
  formatKey,
  merge,
  parseKey,
  type Account,
  type LedgerEvent,
  type LedgerKey,
} from "@farthing/ledger";

/** A ledger in memory, as far as capture knows one. */
export interface MemorySink {
  readonly record: (event: LedgerEvent) => void;
  readonly flush: () => Promise<void>;
  readonly fingerprintKey: () => Promise<LedgerKey | null>;
  readonly find: (ids: Iterable<string>) => Promise<ReadonlyMap<string, LedgerEvent>>;
  /** Everything recorded, in order. */
  readonly events: LedgerEvent[];
  readonly account: () => Account;
}

export const KEY: LedgerKey = parseKey(formatKey(new Uint8Array(32).fill(7)));

/** @param held What it holds before; all that is recorded comes behind it. */
export function aMemorySink(held: readonly LedgerEvent[] = []): MemorySink {
  const events = [...held];
  return {
    record: (event) => {
      events.push(event);
    },
    flush: () => Promise.resolve(),
    fingerprintKey: () => Promise.resolve(KEY),
    find: (ids) => {
      const wanted = new Set(ids);
      const found = new Map<string, LedgerEvent>();
      for (const event of events) {
        const before = found.get(event.id);
        if (wanted.has(event.id)) found.set(event.id, before === undefined ? event : merge(before, event));
      }
      return Promise.resolve(found);
    },
    events,
    account: () => foldAccount(events),
  };
}
