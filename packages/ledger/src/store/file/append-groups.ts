import { AppendPlan, entriesOf, type EncodedEvent } from "../append-plan.ts";
import type { AppendOutcome } from "../event-store.ts";
import type { HeldIds, HeldLine } from "./held-ids.ts";
import type { LogWriter } from "./log-writer.ts";

export interface AppendGroupsOptions {
  readonly writer: string;
  readonly log: LogWriter;
  /** Above so many lines that are known one by one, the ledger is read again: columns may know them by now. */
  readonly linesMax: number;
  /** Reads what the ledger holds. */
  readonly readHeld: () => Promise<HeldIds>;
}

/** One call of `append` that waits. */
interface Call {
  readonly events: readonly EncodedEvent[];
  readonly resolve: (outcomes: readonly AppendOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A group takes no further call once it has this many events, or characters of JSON. */
const GROUP_EVENTS = 4096;
const GROUP_CHARACTERS = 4_194_304;
/** What is written at once. */
const WRITE_CHARACTERS = 1_048_576;

/**
 * Appends for all who wait at once: one write and one sync for as many calls as have come meanwhile.
 *
 * A group is planned only when the one before it is durable or has failed, so that no outcome rests on a line that may
 * yet be lost.
 */
export class AppendGroups {
  readonly #options: AppendGroupsOptions;
  #waiting: Call[] = [];
  #running: Promise<void> | null = null;
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
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Takes in lines that have been recorded beside the appends, and are durable. */
  take(lines: readonly HeldLine[]): void {
    if (this.#held !== null) for (const line of lines) this.#held.add(line);
    else this.#early?.push(...lines);
  }

  /** Resolves when nobody waits. */
  async close(): Promise<void> {
    while (this.#running !== null) await this.#running;
    await this.#held?.close();
  }

  async #run(): Promise<void> {
    // Whoever was answered by the group before, and appends again at once, does so before this goes on.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#appendGroup(this.#takeGroup());
    this.#running = null;
  }

  #takeGroup(): readonly Call[] {
    let [events, characters, count] = [0, 0, 0];
    for (const call of this.#waiting) {
      if (count > 0 && (events >= GROUP_EVENTS || characters >= GROUP_CHARACTERS)) break;
      events += call.events.length;
      for (const { json } of call.events) characters += json.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #appendGroup(calls: readonly Call[]): Promise<void> {
    try {
      const outcomes = await this.#append(calls.flatMap(({ events }) => events));
      let first = 0;
      for (const { events, resolve } of calls) {
        resolve(outcomes.slice(first, first + events.length));
        first += events.length;
      }
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
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
    const { log, writer } = this.#options;
    if (events.length === 0) return [];
    const lines: HeldLine[] = [];
    for (const part of partsOf(events)) {
      if (log.needsSync) await log.sync();
      const places = log.write(part.map(({ json }) => json));
      for (const [index, { segment, byte, length }] of places.entries()) {
        lines.push({ id: part[index]?.event.id ?? "", writer, segment, byte, length });
      }
    }
    await log.sync();
    return lines;
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
