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
/** Recorded requests that are remembered because their answer may not have been handed on yet; the newest count. */
const EARLY_MAX = 1000;
/** Longer than an answer takes. One that nobody recorded by then never will be. */
const CALL_MS_MAX = 3_600_000;

/** What calls that are under way may cost. */
export class InFlight {
  /** In the order in which they began. */
  readonly #entries = new Set<Entry>();
  readonly #byKey = new Map<string, Entry[]>();
  /** Keys under which a request was recorded before an answer had begun under them, and how often. */
  readonly #early = new Map<string, number>();
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
        const key = requestId === null ? `model ${model}` : `request ${requestId}`;
        if (this.#wasHeardOf(key)) {
          this.#end(entry);
          return;
        }
        entry.key = key;
        this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), entry]);
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
    // A middleware further in can have read the answer before it is handed on.
    else if (ids.request !== null || (isResponse(event) && this.#awaits(requestedModel))) this.#remember(key);
  }

  /** Whether no answer has begun to a call of this model. */
  #awaits(model: string | null): boolean {
    for (const entry of this.#entries) if (entry.key === null && entry.model === model) return true;
    return false;
  }

  #remember(key: string): void {
    if (this.#entries.size === 0) return;
    const count = this.#early.get(key) ?? 0;
    this.#early.delete(key);
    this.#early.set(key, count + 1);
    for (const oldest of this.#early.keys()) {
      if (this.#early.size <= EARLY_MAX) return;
      this.#early.delete(oldest);
    }
  }

  #wasHeardOf(key: string): boolean {
    const count = this.#early.get(key) ?? 0;
    if (count > 1) this.#early.set(key, count - 1);
    else this.#early.delete(key);
    return count > 0;
  }

  #end(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    this.#usd -= entry.usd;
    if (this.#entries.size === 0) this.#early.clear();
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
