import type { KnownEvent, OutcomeRecorded } from "../events/event.ts";
import { isEventOf } from "../events/known-event.ts";
import type { Instant } from "../instant.ts";

/** The first request of a task. */
export interface FirstRequest {
  /** When it was sent, as far as is known. */
  readonly at: Instant;
  readonly model: string;
  /** Its values in the dimensions asked for. */
  readonly values: readonly (string | null)[];
  /** Whether it is what was asked about. */
  readonly isWanted: boolean;
}

/** A task of which an outcome was recorded, and what is known of its requests. */
export class Task {
  readonly outcome: OutcomeRecorded;
  first: FirstRequest | null = null;
  /** Billed responses. */
  requests = 0;
  /** Picodollars, by model. */
  readonly usd: Map<string, bigint> = new Map<string, bigint>();
  /** Requests that may have cost something, nobody knows what. */
  atUnknownCost = 0;
  /** Responses of which more may have been billed than was seen. */
  lowerBounds = 0;

  constructor(outcome: OutcomeRecorded) {
    this.outcome = outcome;
  }

  addUsd(model: string, amount: bigint): void {
    this.usd.set(model, (this.usd.get(model) ?? 0n) + amount);
  }
}

/** Tasks that are named by the same labels. */
interface Naming {
  /** Sorted. */
  readonly names: readonly string[];
  /** By the labels' values. */
  readonly tasks: Map<string, Task>;
}

/** What of a context decides its tasks. */
export interface TasksOfContext {
  readonly tasks: readonly Task[];
  /** Names a task that has no outcome, where there is no other; else null. */
  readonly withoutOutcome: string | null;
}

/** The tasks that outcomes name. Of several outcomes of a task the latest counts. */
export class Tasks {
  /** Outcomes without labels: they name no task. */
  readonly unnamed: number;
  readonly #namings = new Map<string, Naming>();

  constructor(events: readonly KnownEvent[]) {
    let unnamed = 0;
    for (const event of events) {
      if (!isEventOf(event, "OutcomeRecorded")) continue;
      if (Object.keys(event.labels).length === 0) unnamed += 1;
      else this.#add(event);
    }
    this.unnamed = unnamed;
  }

  get size(): number {
    return [...this.#namings.values()].reduce((sum, { tasks }) => sum + tasks.size, 0);
  }

  *all(): Generator<Task> {
    for (const { tasks } of this.#namings.values()) yield* tasks.values();
  }

  /** Names of all labels by which tasks are named. */
  get labels(): readonly string[] {
    return [...new Set([...this.#namings.values()].flatMap(({ names }) => names))];
  }

  /** @param valueOf The value of a label; null where there is none. */
  of(valueOf: (label: string) => string | null): TasksOfContext {
    const tasks: Task[] = [];
    let withoutOutcome: string | null = null;
    for (const { names, tasks: known } of this.#namings.values()) {
      const key = keyOf(names, valueOf);
      if (key === null) continue;
      const task = known.get(key);
      if (task === undefined) withoutOutcome ??= `${names.join("\0")}\0${key}`;
      else tasks.push(task);
    }
    if (tasks.length === 0 && withoutOutcome === null) return NO_TASK;
    return { tasks, withoutOutcome: tasks.length === 0 ? withoutOutcome : null };
  }

  #add(event: OutcomeRecorded): void {
    const names = Object.keys(event.labels).sort();
    const list = JSON.stringify(names);
    const naming = this.#namings.get(list) ?? { names, tasks: new Map<string, Task>() };
    this.#namings.set(list, naming);
    const key = keyOf(names, (name) => event.labels[name] ?? null) ?? "";
    const known = naming.tasks.get(key);
    if (known === undefined || isLater(event, known.outcome)) naming.tasks.set(key, new Task(event));
  }
}

const NO_TASK: TasksOfContext = { tasks: [], withoutOutcome: null };

/** Names a task among those of the same labels; null where one of them is missing. */
function keyOf(names: readonly string[], valueOf: (label: string) => string | null): string | null {
  const [name] = names;
  if (names.length === 1 && name !== undefined) return valueOf(name);
  const values = names.map(valueOf);
  return values.includes(null) ? null : JSON.stringify(values);
}

function isLater(a: OutcomeRecorded, b: OutcomeRecorded): boolean {
  return a.occurredAt === b.occurredAt ? a.id > b.id : a.occurredAt > b.occurredAt;
}
