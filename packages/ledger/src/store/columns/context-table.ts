import type { CallContext } from "../../events/event.ts";
import type { ContextColumn, ContextField, RowContext, RowContexts, RowDictionary } from "../../rows/request-rows.ts";
import type { RowRoom } from "../../rows/row-room.ts";
import { startsOf } from "./runs.ts";
import { NumberedTexts, TextNumbers } from "./text-list.ts";
import { ColumnReader, ColumnWriter } from "./number-codec.ts";

/** In the order in which they are stored. */
const FIELDS = [
  "session",
  "project",
  "agent",
  "gitBranch",
  "clientVersion",
  "service",
  "release",
  "host",
  "environment",
  "callSite",
] as const satisfies readonly (keyof CallContext)[];

/** Contexts as one column of text numbers per field, so that nothing is parsed to read one of them. */
export function encodeContexts(contexts: RowDictionary<RowContext>): Uint8Array {
  const entries = Array.from({ length: contexts.length }, (_, index) => contexts.at(index));
  const texts = new TextNumbers();
  const fields = FIELDS.map((field) => entries.map(({ context }) => texts.of(context[field])));
  const workspaces = entries.map(({ workspace }) => texts.of(workspace));
  const sources = entries.map((entry) => texts.of(JSON.stringify(entry.sources)));
  const labels = entries.map((entry) => Object.entries(entry.labels));
  const names = labels.flat().map(([name]) => texts.of(name));
  const values = labels.flat().map(([, value]) => texts.of(value));
  const out = new ColumnWriter();
  texts.write(out);
  const counts = labels.map((list) => list.length);
  for (const column of [...fields, workspaces, sources, counts, names, values]) out.numbers(column);
  return out.bytes();
}

/**
 * Reads what `encodeContexts` wrote; each field is decoded when it is asked for.
 *
 * @param room Where the bytes are, and numbers shall be; null where both have room of their own.
 */
export function decodeContexts(bytes: Uint8Array, room: RowRoom | null = null): RowContexts {
  return new ContextTable(new ColumnReader(bytes, room));
}

/** A column of numbers that is decoded when it is asked for. */
type Later = () => Uint32Array;

class ContextTable implements RowContexts {
  readonly length: number;
  readonly #texts: NumberedTexts;
  readonly #fields: readonly Later[];
  readonly #workspaces: Later;
  readonly #sources: Later;
  readonly #labelCounts: Later;
  readonly #labelNames: Later;
  readonly #labelValues: Later;
  #labelStarts: Uint32Array | null = null;
  readonly #entries: RowContext[] = [];

  constructor(from: ColumnReader) {
    this.#texts = new NumberedTexts(from);
    const next = (): Later => from.later((each) => each.uint32());
    this.#fields = FIELDS.map(next);
    this.length = from.lengthOfNext();
    this.#workspaces = next();
    this.#sources = next();
    this.#labelCounts = next();
    this.#labelNames = next();
    this.#labelValues = next();
  }

  at(index: number): RowContext {
    if (index >= this.length) throw new RangeError(`there is no context ${String(index)} of ${String(this.length)}`);
    return (this.#entries[index] ??= this.#decode(index));
  }

  column(field: ContextField): ContextColumn {
    return {
      numbers: this.#numbersOf(field),
      value: (number) => this.#texts.of(number),
      readUuid: (number, words) => this.#texts.readUuid(number, words),
    };
  }

  #numbersOf(field: ContextField): Uint32Array {
    if (field === "sources") return this.#sources();
    if (field === "workspace") return this.#workspaces();
    const place = FIELDS.findIndex((each) => each === field);
    return this.#fields[place]?.() ?? this.#labelNumbers(field.slice("label:".length));
  }

  /** The number of each context's value of a label; 0 where it has none. */
  #labelNumbers(name: string): Uint32Array {
    const numbers = new Uint32Array(this.length);
    const names = this.#labelNames();
    const wanted = names.find((number) => this.#texts.of(number) === name);
    if (wanted === undefined) return numbers;
    const counts = this.#labelCounts();
    const values = this.#labelValues();
    let place = 0;
    for (let index = 0; index < numbers.length; index += 1) {
      for (const end = place + (counts[index] ?? 0); place < end; place += 1) {
        if (names[place] === wanted) numbers[index] = values[place] ?? 0;
      }
    }
    return numbers;
  }

  #decode(index: number): RowContext {
    const field = (place: number): string | null => this.#texts.of(this.#fields[place]?.()[index] ?? 0);
    return {
      context: {
        session: field(0),
        project: field(1),
        agent: field(2),
        gitBranch: field(3),
        clientVersion: field(4),
        service: field(5),
        release: field(6),
        host: field(7),
        environment: field(8),
        callSite: field(9),
      },
      labels: this.#labels(index),
      sources: sourcesOf(this.#texts.of(this.#sources()[index] ?? 0) ?? "[]"),
      workspace: this.#texts.of(this.#workspaces()[index] ?? 0),
    };
  }

  #labels(index: number): Readonly<Record<string, string>> {
    const starts = (this.#labelStarts ??= startsOf(this.#labelCounts()));
    const start = starts[index] ?? 0;
    const end = starts[index + 1] ?? start;
    if (start === end) return {};
    const labels: [string, string][] = [];
    for (let place = start; place < end; place += 1) {
      const name = this.#texts.of(this.#labelNames()[place] ?? 0) ?? "";
      labels.push([name, this.#texts.of(this.#labelValues()[place] ?? 0) ?? ""]);
    }
    // Not by assigning: a label can be named like something of the prototype's.
    return Object.fromEntries(labels);
  }
}

/** Lists of sources by their JSON. There are few, in all the files of all ledgers. */
const SOURCES = new Map<string, readonly string[]>();

function sourcesOf(json: string): readonly string[] {
  const held = SOURCES.get(json);
  if (held !== undefined) return held;
  const sources = JSON.parse(json) as readonly string[];
  SOURCES.set(json, sources);
  return sources;
}
