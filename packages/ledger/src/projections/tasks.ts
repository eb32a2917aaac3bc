import type { KnownEvent, OutcomeRecorded } from "../events/event.ts";
import { isEventOf } from "../events/known-event.ts";
import type { Instant } from "../instant.ts";
import type { ContextField } from "../rows/request-rows.ts";
import { contextValue, type GroupKey, type RequestContext } from "./group-keys.ts";

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

  /** The fields that tell which tasks a context is of. */
  get fields(): readonly ContextField[] {
    return [...new Set([...this.#namings.values()].flatMap(({ names }) => names.map(keyOf)))];
  }

  of(context: RequestContext): TasksOfContext {
    const tasks: Task[] = [];
    let withoutOutcome: string | null = null;
    for (const { names, tasks: known } of this.#namings.values()) {
      const values = names.map((name) => contextValue(context, keyOf(name)));
      if (values.includes(null)) continue;
      const task = known.get(JSON.stringify(values));
      if (task === undefined) withoutOutcome ??= JSON.stringify([names, values]);
      else tasks.push(task);
    }
    return { tasks, withoutOutcome: tasks.length === 0 ? withoutOutcome : null };
  }

  #add(event: OutcomeRecorded): void {
    const names = Object.keys(event.labels).sort();
    const key = JSON.stringify(names);
    const naming = this.#namings.get(key) ?? { names, tasks: new Map<string, Task>() };
    this.#namings.set(key, naming);
    const values = JSON.stringify(names.map((name) => event.labels[name]));
    const known = naming.tasks.get(values);
    if (known === undefined || isLater(event, known.outcome)) naming.tasks.set(values, new Task(event));
  }
}

function keyOf(name: string): Extract<GroupKey, `label:${string}`> {
  return `label:${name}`;
}

function isLater(a: OutcomeRecorded, b: OutcomeRecorded): boolean {
  return a.occurredAt === b.occurredAt ? a.id > b.id : a.occurredAt > b.occurredAt;
}
