import type { EncodedEvent } from "./append-plan.ts";
import type { AppendOutcome } from "./event-store.ts";

/** One call of `append` that waits. */
interface Call {
  readonly events: readonly EncodedEvent[];
  readonly resolve: (outcomes: readonly AppendOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/** A group takes no further call once it has this many events, or characters of JSON. */
const GROUP_EVENTS = 4096;
const GROUP_CHARACTERS = 4_194_304;

/**
 * Appends for all who wait at once, as one group for as many calls as have come meanwhile.
 *
 * A group is begun only when the one before it is durable or has failed, so that no outcome rests on an event that may
 * yet be lost.
 */
export class AppendQueue {
  readonly #append: (events: readonly EncodedEvent[]) => Promise<readonly AppendOutcome[]>;
  #waiting: Call[] = [];
  #running: Promise<void> | null = null;

  /** @param append Appends a group, all or none. */
  constructor(append: (events: readonly EncodedEvent[]) => Promise<readonly AppendOutcome[]>) {
    this.#append = append;
  }

  /** See `EventStore.append`; the events are valid, and do not contradict each other. */
  append(events: readonly EncodedEvent[]): Promise<readonly AppendOutcome[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nobody waits. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
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
}
