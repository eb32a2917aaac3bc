import type { RequestRecorded } from "../events/event.ts";
import type { PromptFingerprint } from "../events/prompt-fingerprint.ts";
import type { UsagePart } from "../usage/usage.ts";
import { dictionaryOf } from "./dictionary-builder.ts";
import type { RequestDetails, RequestRows } from "./request-rows.ts";
import { DraftTables, type RowDraft } from "./row-draft.ts";

/** Past this a count needs a column of doubles. */
const UINT32_MAX = 2 ** 32 - 1;
const INT32_MAX = 2 ** 31 - 1;

/**
 * Requests as rows, in memory. Parts of the events are kept, and referred to by the rows' details.
 *
 * @param events One event per id, merged already, in any order.
 */
export function buildRows(events: Iterable<RequestRecorded>): RequestRows {
  const tables = new DraftTables();
  return rowsOfDrafts(inRowOrder(Array.from(events, (event) => tables.draftOf(event))), tables);
}

/** Drafts in the order of rows. One draft per id. */
export function inRowOrder(drafts: readonly RowDraft[]): readonly RowDraft[] {
  return drafts.toSorted((a, b) => placeOf(a) - placeOf(b) || (a.id < b.id ? -1 : 1));
}

/**
 * Rows of drafts, in memory. The drafts are kept for the rows' details.
 *
 * @param drafts In the order of rows.
 * @param tables What the drafts refer to.
 */
export function rowsOfDrafts(drafts: readonly RowDraft[], tables: DraftTables): RequestRows {
  const count = drafts.length;
  const terms = new Renumbered();
  const contexts = new Renumbered();
  const occurredAt = new Float64Array(count);
  const startedAt = new Float64Array(count);
  const termsOf = new Uint32Array(count);
  const contextOf = new Uint32Array(count);
  const furtherParts = new Map<number, readonly UsagePart[]>();
  const [uncachedInput, cacheWrite5m, cacheWrite1h] = [zeros(count), zeros(count), zeros(count)];
  const [cacheRead, output, webSearchRequests, thinking] = [zeros(count), zeros(count), zeros(count), zeros(count)];
  for (let row = 0; row < count; row += 1) {
    const draft = draftAt(drafts, row);
    occurredAt[row] = draft.occurredAt;
    startedAt[row] = draft.startedAt;
    termsOf[row] = terms.of(draft.terms);
    contextOf[row] = contexts.of(draft.context);
    uncachedInput[row] = draft.uncachedInput;
    cacheWrite5m[row] = draft.cacheWrite5m;
    cacheWrite1h[row] = draft.cacheWrite1h;
    cacheRead[row] = draft.cacheRead;
    output[row] = draft.output;
    webSearchRequests[row] = draft.webSearchRequests;
    thinking[row] = draft.thinking ?? -1;
    if (draft.furtherParts.length > 0) furtherParts.set(row, draft.furtherParts);
  }
  return {
    count,
    occurredAt,
    startedAt,
    terms: dictionaryOf(terms.order.map((index) => tables.terms.at(index))),
    termsOf,
    contexts: dictionaryOf(contexts.order.map((index) => tables.contexts.at(index))),
    contextOf,
    uncachedInput: narrowed(uncachedInput),
    cacheWrite5m: narrowed(cacheWrite5m),
    cacheWrite1h: narrowed(cacheWrite1h),
    cacheRead: narrowed(cacheRead),
    output: narrowed(output),
    thinking: thinking.every((count) => count <= INT32_MAX) ? new Int32Array(thinking) : thinking,
    webSearchRequests: narrowed(webSearchRequests),
    furtherParts,
    details: () => detailsOf(drafts, tables),
  };
}

/** Indexes of a table that others use as well, numbered anew in the order in which they are met. */
class Renumbered {
  /** The table's index by the new one. */
  readonly order: number[] = [];
  readonly #numbers: number[] = [];

  of(index: number): number {
    return (this.#numbers[index] ??= this.order.push(index) - 1);
  }
}

function placeOf({ startedAt, occurredAt }: RowDraft): number {
  return Number.isNaN(startedAt) ? occurredAt : startedAt;
}

function zeros(count: number): Float64Array {
  return new Float64Array(count);
}

function narrowed(values: Float64Array): Uint32Array | Float64Array {
  return values.every((value) => value <= UINT32_MAX) ? new Uint32Array(values) : values;
}

function draftAt(drafts: readonly RowDraft[], row: number): RowDraft {
  const draft = drafts[row];
  if (draft === undefined) throw new RangeError(`there is no row ${String(row)}`);
  return draft;
}

function detailsOf(drafts: readonly RowDraft[], { prompts }: DraftTables): RequestDetails {
  const promptOf = (row: number): PromptFingerprint | null => {
    const { prompt } = draftAt(drafts, row);
    return typeof prompt === "number" ? prompts.at(prompt) : prompt;
  };
  return {
    id: (row) => draftAt(drafts, row).id,
    message: (row) => draftAt(drafts, row).message,
    request: (row) => draftAt(drafts, row).request,
    previousMessage: (row) => draftAt(drafts, row).previousMessage,
    otherIds: (row) => {
      const { batch, custom } = draftAt(drafts, row).otherIds;
      return { batch, custom };
    },
    firstTokenAt: (row) => draftAt(drafts, row).firstTokenAt,
    attempt: (row) => draftAt(drafts, row).attempt,
    webFetchRequests: (row) => draftAt(drafts, row).webFetchRequests,
    shape: (row) => draftAt(drafts, row).shape,
    cacheMissReason: (row) => draftAt(drafts, row).cacheMissReason,
    prompt: promptOf,
    promptsOf: () => promptOf,
    observedCharacters: (row) => draftAt(drafts, row).observedCharacters,
    failure: (row) => {
      const { status, errorType } = draftAt(drafts, row);
      return { status, errorType };
    },
  };
}
