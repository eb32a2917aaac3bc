import {
  type AppendOutcome,
  canonicalJson,
  type Document,
  InvalidEventError,
  isResponse,
  type Ledger,
  type LedgerEvent,
  merge,
  type ResponseRecorded,
} from "@farthing/ledger";

/** A ledger that is gone with the test: what an import appends, merged by id, and its documents. */
export class MemoryLedger implements Pick<Ledger, "append" | "document" | "find"> {
  readonly events = new Map<string, LedgerEvent>();
  readonly documents = new Map<string, unknown>();
  /** Set to make the next append fail. */
  failure: Error | null = null;
  /** The id of an event that no append may hold. */
  refused: string | null = null;

  append(events: readonly LedgerEvent[]): Promise<readonly AppendOutcome[]> {
    if (this.failure !== null) return Promise.reject(this.failure);
    if (events.some(({ id }) => id === this.refused)) return Promise.reject(new InvalidEventError("id", "refused"));
    return Promise.resolve(events.map((event) => ({ id: event.id, outcome: this.#append(event) })));
  }

  find(ids: Iterable<string>): Promise<ReadonlyMap<string, LedgerEvent>> {
    const wanted = new Set(ids);
    return Promise.resolve(new Map([...this.events].filter(([id]) => wanted.has(id))));
  }

  document<T>(name: string, initial: T): Promise<Document<T>> {
    const { documents } = this;
    if (!documents.has(name)) documents.set(name, initial);
    return Promise.resolve({
      get data(): T {
        return documents.get(name) as T;
      },
      write(data: T): Promise<void> {
        documents.set(name, JSON.parse(JSON.stringify(data)));
        return Promise.resolve();
      },
    });
  }

  /** Every response by id, in the order of ids; equal accounts are equal texts. */
  account(): string {
    return canonicalJson([...this.events.values()].sort((a, b) => (a.id < b.id ? -1 : 1)));
  }

  responses(): readonly ResponseRecorded[] {
    return [...this.events.values()].filter(isResponse);
  }

  response(id: string): ResponseRecorded {
    const found = this.responses().find((response) => response.id === id);
    if (found === undefined) throw new Error(`no response ${id}; there are ${[...this.events.keys()].join(", ")}`);
    return found;
  }

  #append(event: LedgerEvent): AppendOutcome["outcome"] {
    const known = this.events.get(event.id);
    if (known === undefined) {
      this.events.set(event.id, event);
      return "appended";
    }
    const merged = merge(known, event);
    if (canonicalJson(merged) === canonicalJson(known)) return "exists";
    this.events.set(event.id, merged);
    return "merged";
  }
}
