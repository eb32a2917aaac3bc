import type { Instant } from "../instant.ts";
import { codeContexts } from "../rows/context-codes.ts";
import type { RowBatch } from "../rows/request-rows.ts";
import { contextValue, fieldsOfKey, type ContextKey, type RequestContext } from "./group-keys.ts";
import type { RowProjection, RowState } from "./row-projection.ts";
import type { StateParts } from "./state-codec.ts";

/** When the last request was complete, by its values in some dimensions as a JSON list. */
export type LastRequests = ReadonlyMap<string, Instant>;

/** Raised when equal rows come to another state. */
const VERSION = 1;

/** When the last request of every group was complete; failures and what was pruned are requests, too. */
export function lastRequestsProjection(by: readonly ContextKey[]): RowProjection<LastRequests> {
  return {
    name: "last-requests",
    version: VERSION,
    question: JSON.stringify(by),
    newState: () => new LastRequestsState(by, []),
    restore: ({ json }) => new LastRequestsState(by, json as [string, Instant][]),
  };
}

class LastRequestsState implements RowState<LastRequests> {
  readonly #by: readonly ContextKey[];
  readonly #last: Map<string, Instant>;
  #isExact = true;

  constructor(by: readonly ContextKey[], entries: readonly (readonly [string, Instant])[]) {
    this.#by = by;
    this.#last = new Map(entries);
  }

  add(batch: RowBatch): void {
    for (const [key, at] of this.#lastIn(batch)) this.#put(key, at);
    for (const rollup of batch.rollups ?? []) this.#put(this.#keyOf(rollup), Date.parse(rollup.occurredAt));
  }

  subtract(batch: RowBatch): void {
    // Which request was the one before the last, is not known.
    for (const [key, at] of this.#lastIn(batch)) if (at >= (this.#last.get(key) ?? -Infinity)) this.#isExact = false;
  }

  isExact(): boolean {
    return this.#isExact;
  }

  result(): LastRequests {
    return this.#last;
  }

  parts(): StateParts {
    return { json: [...this.#last], tables: {} };
  }

  /** The last request of every group that a batch has rows of. */
  *#lastIn({ rows, dead }: RowBatch): Generator<readonly [key: string, at: Instant]> {
    const { of, examples } = codeContexts(rows.contexts, [...new Set(this.#by.flatMap(fieldsOfKey))]);
    const last = new Float64Array(examples.length).fill(-Infinity);
    for (let row = 0; row < rows.count; row += 1) {
      if (dead !== null && dead[row] !== 0) continue;
      const code = of[rows.contextOf[row] ?? 0] ?? 0;
      const at = rows.occurredAt[row] ?? 0;
      if (at > (last[code] ?? 0)) last[code] = at;
    }
    for (const [code, context] of examples.entries()) {
      const at = last[code] ?? -Infinity;
      if (at > -Infinity) yield [this.#keyOf(rows.contexts.at(context)), at];
    }
  }

  #keyOf(context: RequestContext): string {
    return JSON.stringify(this.#by.map((key) => contextValue(context, key)));
  }

  #put(key: string, at: Instant): void {
    this.#last.set(key, Math.max(at, this.#last.get(key) ?? -Infinity));
  }
}
