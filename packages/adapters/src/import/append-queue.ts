import {
  type AppendOutcome,
  InvalidEventError,
  isResponse,
  type Ledger,
  type LedgerEvent,
  merge,
} from "@farthing/ledger";
import type { LinePlace, SkipLog } from "./skip.ts";
import { UnknownModels, type UnknownModelsReport } from "./unknown-models.ts";

/** Distinct events handed to the ledger at once: one durable write for all of them. */
const GROUP_EVENTS = 2000;

/** What became of the events, by outcome. One that was already merged while it waited is counted once. */
export type AppendCounts = Readonly<Record<AppendOutcome["outcome"], number>>;

interface WaitingEvent {
  readonly event: LedgerEvent;
  readonly place: LinePlace;
}

/** Merges snapshots of the same response and appends in groups. An event the ledger refuses is skipped, others stay. */
export class AppendQueue {
  readonly #ledger: Pick<Ledger, "append">;
  readonly #skips: SkipLog;
  readonly #unknownModels = new UnknownModels();
  readonly #counts: Record<AppendOutcome["outcome"], number> = { appended: 0, merged: 0, exists: 0, conflict: 0 };
  #group = new Map<string, WaitingEvent>();
  /** Events whose id is in the group already: one call may not hold both, and the ledger says what becomes of them. */
  #afterGroup: WaitingEvent[] = [];

  constructor(ledger: Pick<Ledger, "append">, skips: SkipLog) {
    this.#ledger = ledger;
    this.#skips = skips;
  }

  get isFull(): boolean {
    return this.#group.size + this.#afterGroup.length >= GROUP_EVENTS;
  }

  get counts(): AppendCounts {
    return { ...this.#counts };
  }

  get unknownModels(): UnknownModelsReport {
    return this.#unknownModels.report();
  }

  add(event: LedgerEvent, place: LinePlace): void {
    const waiting = this.#group.get(event.id);
    if (waiting === undefined) {
      this.#group.set(event.id, { event, place });
    } else if (isResponse(waiting.event) && isResponse(event)) {
      this.#group.set(event.id, { event: merge(waiting.event, event), place: waiting.place });
    } else {
      this.#afterGroup.push({ event, place });
    }
  }

  /** Resolves when everything added so far is durable. */
  async flush(): Promise<void> {
    const group = [...this.#group.values()];
    const afterGroup = this.#afterGroup;
    this.#group = new Map();
    this.#afterGroup = [];
    if (group.length > 0) await this.#appendTogether(group);
    for (const waiting of afterGroup) await this.#appendAlone(waiting);
  }

  async #appendTogether(group: readonly WaitingEvent[]): Promise<void> {
    try {
      this.#count(await this.#ledger.append(group.map(({ event }) => event)), group);
    } catch (error) {
      if (!(error instanceof InvalidEventError)) throw error;
      for (const waiting of group) await this.#appendAlone(waiting);
    }
  }

  async #appendAlone(waiting: WaitingEvent): Promise<void> {
    try {
      this.#count(await this.#ledger.append([waiting.event]), [waiting]);
    } catch (error) {
      if (!(error instanceof InvalidEventError)) throw error;
      this.#skips.add({ reason: "invalid-event", field: error.field, why: error.message }, waiting.place);
    }
  }

  #count(outcomes: readonly AppendOutcome[], group: readonly WaitingEvent[]): void {
    for (const { outcome } of outcomes) this.#counts[outcome] += 1;
    for (const { event } of group) if (isResponse(event)) this.#unknownModels.see(event.servedModel);
  }
}
