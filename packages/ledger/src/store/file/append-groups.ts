import { AppendPlan, entriesOf, type EncodedEvent } from "../append-plan.ts";
import { AppendQueue } from "../append-queue.ts";
import type { AppendOutcome } from "../event-store.ts";
import type { HeldIds, HeldLine } from "./held-ids.ts";
import type { OwnLogWriter } from "./own-log-writer.ts";

export interface AppendGroupsOptions {
  readonly log: OwnLogWriter;
  /** Above so many lines that are known one by one, the ledger is read again: columns may know them by now. */
  readonly linesMax: number;
  /** Reads what the ledger holds. */
  readonly readHeld: () => Promise<HeldIds>;
}

/** What is written at once. */
const WRITE_CHARACTERS = 1_048_576;

/**
 * Appends for all who wait at once, with one write and one sync; see `AppendQueue`.
 */
export class AppendGroups {
  readonly #options: AppendGroupsOptions;
  readonly #queue = new AppendQueue((events) => this.#append(events));
  #held: HeldIds | null = null;
  #linesMax: number;
  /** Lines of others than this class that became durable while the ledger was being read. */
  #early: HeldLine[] | null = null;

  constructor(options: AppendGroupsOptions) {
    this.#options = options;
    this.#linesMax = options.linesMax;
  }

  /** See `EventStore.append`; the events are valid, and do not contradict each other. */
  append(events: readonly EncodedEvent[]): Promise<readonly AppendOutcome[]> {
    return this.#queue.append(events);
  }

  /** Takes in lines that have been recorded beside the appends, and are durable. */
  take(lines: readonly HeldLine[]): void {
    if (this.#held !== null) for (const line of lines) this.#held.add(line);
    else this.#early?.push(...lines);
  }

  /** Resolves when nobody waits. */
  async close(): Promise<void> {
    await this.#queue.idle();
    await this.#held?.close();
  }

  async #append(events: readonly EncodedEvent[]): Promise<readonly AppendOutcome[]> {
    if (this.#held !== null && this.#held.lines > this.#linesMax) await this.#forgetHeld();
    const held = this.#held ?? (await this.#prepare());
    const plan = await planOf(events, held);
    for (const line of await this.#write(plan.lines)) held.add(line);
    return plan.outcomes;
  }

  async #prepare(): Promise<HeldIds> {
    this.#early = [];
    try {
      const held = await this.#options.readHeld();
      for (const line of this.#early) held.add(line);
      this.#held = held;
      this.#linesMax = Math.max(this.#options.linesMax, held.lines * 2);
      return held;
    } finally {
      this.#early = null;
    }
  }

  async #forgetHeld(): Promise<void> {
    const held = this.#held;
    this.#held = null;
    await held?.close();
  }

  async #write(events: readonly EncodedEvent[]): Promise<readonly HeldLine[]> {
    if (events.length === 0) return [];
    for (;;) {
      const lines = await this.#writeToOne(events);
      if (lines !== null) return lines;
    }
  }

  /** Null where the log was taken over before all of them were written: those that were may be lost with it. */
  async #writeToOne(events: readonly EncodedEvent[]): Promise<readonly HeldLine[] | null> {
    const { log } = this.#options;
    const lines: HeldLine[] = [];
    let { writer } = log;
    const sync = async (): Promise<boolean> => {
      try {
        await log.sync();
        return true;
      } catch (error) {
        if (log.writer === writer) throw error;
        // Whoever records beside found out first that it was taken over.
        return false;
      }
    };
    for (const part of partsOf(events)) {
      if (log.needsSync && !(await sync())) return null;
      if (!log.isOwn()) {
        await log.beginAnother();
        if (lines.length > 0) return null;
      }
      const places = log.write(part.map(({ json }) => json));
      ({ writer } = log);
      for (const [index, { segment, byte, length }] of places.entries()) {
        lines.push({ id: part[index]?.event.id ?? "", writer, segment, byte, length });
      }
    }
    return (await sync()) ? lines : null;
  }
}

async function planOf(events: readonly EncodedEvent[], held: HeldIds): Promise<AppendPlan> {
  const plan = new AppendPlan();
  for (const event of events) {
    const pruned = held.findPruned(event.event);
    if (pruned !== null && (await pruned)) {
      plan.addKnown(event);
      continue;
    }
    const planned = plan.held.get(event.event.id);
    const found = planned === undefined ? held.find(event.event.id) : null;
    plan.add(event, planned ?? (found === null ? [] : entriesOf(await found)));
  }
  return plan;
}

/** The events in parts of which each is written at once. */
function partsOf(events: readonly EncodedEvent[]): readonly (readonly EncodedEvent[])[] {
  const parts: EncodedEvent[][] = [];
  let characters = Infinity;
  for (const event of events) {
    if (characters >= WRITE_CHARACTERS) {
      parts.push([]);
      characters = 0;
    }
    parts.at(-1)?.push(event);
    characters += event.json.length;
  }
  return parts;
}
