import { isEventOf, isResponse, type Instant, type LedgerEvent } from "@farthing/ledger";

/** A call that was sent, and of which nothing is recorded yet. */
export interface CallInFlight {
  /** An answer has begun, under this id of the API's; what it costs is recorded later. */
  readonly answered: (requestId: string | null) => void;
  /** It came to nothing, or is accounted for. */
  readonly ended: () => void;
}

interface Entry {
  readonly usd: bigint;
  readonly model: string;
  readonly since: Instant;
  /** Which recorded request ends it; null while no answer has begun. */
  key: string | null;
}

/** Calls that are looked after; of more the oldest are let go. */
const CALLS_MAX = 10_000;
/** Longer than an answer takes. One that nobody recorded by then never will be. */
const CALL_MS_MAX = 3_600_000;

/** What calls that are under way may cost. */
export class InFlight {
  /** In the order in which they began. */
  readonly #entries = new Set<Entry>();
  readonly #byKey = new Map<string, Entry[]>();
  #usd = 0n;

  get usd(): bigint {
    return this.#usd;
  }

  begin(usd: bigint, model: string, now: Instant): CallInFlight {
    this.#letGo(now);
    const entry: Entry = { usd, model, since: now, key: null };
    this.#entries.add(entry);
    this.#usd += usd;
    return {
      answered: (requestId) => {
        if (!this.#entries.has(entry)) return;
        entry.key = requestId === null ? `model ${model}` : `request ${requestId}`;
        this.#byKey.set(entry.key, [...(this.#byKey.get(entry.key) ?? []), entry]);
      },
      ended: () => this.#end(entry),
    };
  }

  /** Ends the call that a recorded request is of. */
  hear(event: LedgerEvent): void {
    if (!isResponse(event) && !isEventOf(event, "RequestFailed")) return;
    const { ids, requestedModel } = event;
    const key = ids.request === null ? `model ${requestedModel ?? ""}` : `request ${ids.request}`;
    const [entry] = this.#byKey.get(key) ?? [];
    if (entry !== undefined) this.#end(entry);
  }

  #end(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    this.#usd -= entry.usd;
    if (entry.key === null) return;
    const others = (this.#byKey.get(entry.key) ?? []).filter((each) => each !== entry);
    if (others.length === 0) this.#byKey.delete(entry.key);
    else this.#byKey.set(entry.key, others);
  }

  #letGo(now: Instant): void {
    for (const entry of this.#entries) {
      if (this.#entries.size < CALLS_MAX && now - entry.since < CALL_MS_MAX) return;
      this.#end(entry);
    }
  }
}
