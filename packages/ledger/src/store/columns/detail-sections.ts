import { canonicalJson } from "../../events/canonical.ts";
import type { RequestShape } from "../../events/request-shape.ts";
import type { PackedPrompts } from "../../rows/packed-prompts.ts";
import type { RequestDetails } from "../../rows/request-rows.ts";
import type { RowDraft } from "../../rows/row-draft.ts";
import { ColumnReader, ColumnWriter } from "./number-codec.ts";
import { decodePrompts, encodePrompts, promptsOfRows } from "./prompt-table.ts";
import { NumberedTexts, readTexts, TextNumbers, writeTexts, type TextList } from "./text-list.ts";

/** The bytes of what only some questions read of rows, by section. */
export interface DetailSections {
  readonly names: Uint8Array;
  readonly details: Uint8Array;
  readonly prompts: Uint8Array;
}

/** How an event's id follows from the ids of the call; see `event-id.ts`. */
const ID_IS_STORED = 0;
const ID_IS_MESSAGE = 1;
const ID_IS_REQUEST = 2;
const ID_IS_BATCH_ITEM = 3;

/** Of a quarter of the rows, prompts are not worth packing anew: most blocks are those of the others, too. */
const SHARE_KEPT = 4;

/**
 * @param drafts What the rows were made of, in their order.
 * @param packed What numbers of prompts in them mean; takes in those that drafts have as their events have them.
 */
export function encodeDetails(drafts: readonly RowDraft[], packed: PackedPrompts): DetailSections {
  return {
    names: encodeNames(drafts),
    details: encodeRest(drafts),
    prompts: encodePrompts(
      drafts.map(({ prompt }) => prompt),
      packed,
    ),
  };
}

/** Reads what `encodeDetails` wrote; each section when something of it is first asked for. */
export function decodeDetails(
  section: (name: keyof DetailSections) => Uint8Array,
  occurredAt: Float64Array,
): RequestDetails {
  const names = once(() => new StoredNames(section("names")));
  const rest = once(() => new StoredRest(section("details"), occurredAt));
  const prompts = once(() => decodePrompts(section("prompts")));
  return {
    id: (row) => names().id(row),
    message: (row) => names().messages.at(row),
    request: (row) => names().requests.at(row),
    previousMessage: (row) => names().previousMessage(row),
    otherIds: (row) => names().otherIds(row),
    firstTokenAt: (row) => rest().firstTokenAt(row),
    attempt: (row) => orNull(rest().attempts[row]),
    webFetchRequests: (row) => rest().webFetchRequests[row] ?? 0,
    shape: (row) => rest().shape(row),
    cacheMissReason: (row) => rest().cacheMissReason(row),
    prompt: (row) => prompts()(row),
    promptsOf: (rows) => (rows.length * SHARE_KEPT >= occurredAt.length ? prompts() : promptsOfRows(prompts(), rows)),
    observedCharacters: (row) => orNull(rest().observedCharacters[row]),
    failure: (row) => rest().failure(row),
  };
}

function encodeNames(drafts: readonly RowDraft[]): Uint8Array {
  const texts = new TextNumbers();
  const rowOfMessage = new Map<string, number>();
  for (const [row, { message }] of drafts.entries()) if (message !== null) rowOfMessage.set(message, row);
  const kinds = drafts.map(idKindOf);
  const previousRows = drafts.map(({ previousMessage }) =>
    previousMessage === null ? 0 : 1 + (rowOfMessage.get(previousMessage) ?? -1),
  );
  const columns = [
    kinds,
    drafts.map(({ id }, row) => texts.of(kinds[row] === ID_IS_STORED ? id : null)),
    previousRows,
    drafts.map(({ previousMessage }, row) => texts.of(previousRows[row] === 0 ? previousMessage : null)),
    drafts.map(({ otherIds }) => texts.of(otherIds.batch)),
    drafts.map(({ otherIds }) => texts.of(otherIds.custom)),
  ];
  const out = new ColumnWriter();
  writeTexts(
    out,
    drafts.map(({ message }) => message),
  );
  writeTexts(
    out,
    drafts.map(({ request }) => request),
  );
  texts.write(out);
  for (const column of columns) out.numbers(column);
  return out.bytes();
}

function idKindOf({ id, message, request, otherIds: { batch, custom } }: RowDraft): number {
  if (message !== null && isPrefixed(id, "msg:", message)) return ID_IS_MESSAGE;
  if (request !== null && isPrefixed(id, "req:", request)) return ID_IS_REQUEST;
  const isItem = batch !== null && custom !== null && id === `batch:${batch}/${custom}`;
  return isItem ? ID_IS_BATCH_ITEM : ID_IS_STORED;
}

function isPrefixed(text: string, prefix: string, rest: string): boolean {
  return text.length === prefix.length + rest.length && text.startsWith(prefix) && text.endsWith(rest);
}

class StoredNames {
  readonly messages: TextList;
  readonly requests: TextList;
  readonly #texts: NumberedTexts;
  readonly #columns: readonly Uint32Array[];

  constructor(bytes: Uint8Array) {
    const from = new ColumnReader(bytes);
    this.messages = readTexts(from);
    this.requests = readTexts(from);
    this.#texts = new NumberedTexts(from);
    this.#columns = Array.from({ length: 6 }, () => from.uint32());
  }

  id(row: number): string {
    switch (this.#number(0, row)) {
      case ID_IS_MESSAGE:
        return `msg:${this.messages.at(row) ?? ""}`;
      case ID_IS_REQUEST:
        return `req:${this.requests.at(row) ?? ""}`;
      case ID_IS_BATCH_ITEM: {
        const { batch, custom } = this.otherIds(row);
        return `batch:${batch ?? ""}/${custom ?? ""}`;
      }
      default:
        return this.#text(1, row) ?? "";
    }
  }

  previousMessage(row: number): string | null {
    const previous = this.#number(2, row);
    return previous === 0 ? this.#text(3, row) : this.messages.at(previous - 1);
  }

  otherIds(row: number): ReturnType<RequestDetails["otherIds"]> {
    return { batch: this.#text(4, row), custom: this.#text(5, row) };
  }

  #number(column: number, row: number): number {
    return this.#columns[column]?.[row] ?? 0;
  }

  #text(column: number, row: number): string | null {
    return this.#texts.of(this.#number(column, row));
  }
}

function encodeRest(drafts: readonly RowDraft[]): Uint8Array {
  const texts = new TextNumbers();
  const columns = [
    drafts.map(({ occurredAt, firstTokenAt }) => occurredAt - (firstTokenAt ?? NaN)),
    drafts.map(({ attempt }) => attempt ?? NaN),
    drafts.map(({ webFetchRequests }) => webFetchRequests),
    drafts.map(({ observedCharacters }) => observedCharacters ?? NaN),
    drafts.map(({ status }) => status ?? NaN),
    drafts.map(({ errorType }) => texts.of(errorType)),
    drafts.map(({ cacheMissReason }) => texts.of(cacheMissReason)),
    shapeNumbers(drafts, texts),
  ];
  const out = new ColumnWriter();
  texts.write(out);
  for (const column of columns) out.numbers(column);
  return out.bytes();
}

function shapeNumbers(drafts: readonly RowDraft[], texts: TextNumbers): number[] {
  const numbers = new Map<RequestShape | null, number>([[null, 0]]);
  return drafts.map(({ shape }) => {
    const number = numbers.get(shape) ?? texts.of(canonicalJson(shape));
    numbers.set(shape, number);
    return number;
  });
}

class StoredRest {
  readonly attempts: Float64Array;
  readonly webFetchRequests: Float64Array;
  readonly observedCharacters: Float64Array;
  readonly #occurredAt: Float64Array;
  readonly #texts: NumberedTexts;
  readonly #untilDone: Float64Array;
  readonly #statuses: Float64Array;
  readonly #errorTypes: Uint32Array;
  readonly #missReasons: Uint32Array;
  readonly #shapes: Uint32Array;
  readonly #decodedShapes: (RequestShape | undefined)[] = [];

  constructor(bytes: Uint8Array, occurredAt: Float64Array) {
    const from = new ColumnReader(bytes);
    this.#occurredAt = occurredAt;
    this.#texts = new NumberedTexts(from);
    this.#untilDone = from.doubles();
    this.attempts = from.doubles();
    this.webFetchRequests = from.doubles();
    this.observedCharacters = from.doubles();
    this.#statuses = from.doubles();
    this.#errorTypes = from.uint32();
    this.#missReasons = from.uint32();
    this.#shapes = from.uint32();
  }

  firstTokenAt(row: number): number | null {
    return orNull((this.#occurredAt[row] ?? NaN) - (this.#untilDone[row] ?? NaN));
  }

  cacheMissReason(row: number): string | null {
    return this.#texts.of(this.#missReasons[row] ?? 0);
  }

  shape(row: number): RequestShape | null {
    const number = this.#shapes[row] ?? 0;
    const json = this.#texts.of(number);
    if (json === null) return null;
    return (this.#decodedShapes[number] ??= JSON.parse(json) as RequestShape);
  }

  failure(row: number): ReturnType<RequestDetails["failure"]> {
    return { status: orNull(this.#statuses[row]), errorType: this.#texts.of(this.#errorTypes[row] ?? 0) };
  }
}

function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** Makes a value when it is first asked for. */
function once<T extends object | ((row: number) => unknown)>(make: () => T): () => T {
  let made: T | null = null;
  return () => (made ??= make());
}
