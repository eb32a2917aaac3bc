import { setImmediate as turn } from "node:timers/promises";
import { LedgerChangedError, LedgerUnavailableError } from "../../errors.ts";
import { byTimeThenId, type CorrectedEvent } from "../../events/corrections.ts";
import type { KnownEvent, PriceSet, RequestRecorded, UsageCorrected, UsageRolledUp } from "../../events/event.ts";
import { isEventOf, isKnownEvent, isRequest } from "../../events/known-event.ts";
import { inRowOrder, rowsOfDrafts } from "../../rows/build-rows.ts";
import type { RequestRows, RowBatch } from "../../rows/request-rows.ts";
import { marksOf } from "../../rows/row-marks.ts";
import { ColumnFileError } from "../columns/column-file.ts";
import { mergeKnown, type Sightings } from "../columns/sightings.ts";
import type { StoredColumns } from "../columns/stored-columns.ts";
import type { Damage, Position } from "../event-store.ts";
import type { ChainHead } from "../file/frame.ts";
import { encodePosition, type LogPlace } from "../file/position.ts";
import { systemCode } from "../file/unavailable.ts";
import type { DeadSlots } from "./dead-slots.ts";
import { findEvents } from "./find-events.ts";
import type { LogEnd, ViewFolder } from "./view-folder.ts";
import type { LedgerView, ReadRowsOptions, ViewFile } from "./view.ts";

const CONFLICT_IDS_MAX = 20;
/** How many whole events are read before others have their turn. */
const ROWS_PER_TURN = 64;

/** What a view is put together from. */
export interface ViewParts {
  readonly folders: readonly ViewFolder[];
  /** Slots that do not count, as far as the column files tell. */
  readonly dead: DeadSlots;
  /** The same with the tail taken in. */
  readonly current: DeadSlots;
  /** What is not in column files, or in those of several folders, merged with what they hold of its ids. */
  readonly tail: Sightings;
  /** Every known event that is not a request, those taken back included. */
  readonly others: readonly KnownEvent[];
  /** The correction in force by the id that it takes back. */
  readonly corrections: ReadonlyMap<string, UsageCorrected>;
  readonly ends: readonly LogEnd[];
  readonly damage: readonly Damage[];
  readonly hashOf: (id: string) => number;
}

/** A view of ledgers in folders. */
export class FolderView implements LedgerView {
  readonly files: readonly ViewFile[];
  readonly tail: readonly RowBatch[];
  readonly priceSets: readonly PriceSet[];
  readonly rollups: readonly UsageRolledUp[];
  readonly others: readonly KnownEvent[];
  readonly damage: readonly Damage[];
  readonly position: Position;
  readonly heads: ReadonlyMap<string, ChainHead>;
  readonly #parts: ViewParts;
  /** Where the rows of a batch come from; null for the tail. */
  readonly #origins = new WeakMap<RowBatch, Origin | null>();
  #unknownTypes: ReadonlyMap<string, number> | null = null;
  #conflicts: LedgerView["conflicts"] | null = null;

  constructor(parts: ViewParts) {
    const { folders, others, corrections, damage } = parts;
    this.#parts = parts;
    this.files = folders.flatMap((folder) => folder.files.map((file) => this.#fileOf({ folder, file })));
    const standing = others.filter(({ id }) => !corrections.has(id));
    this.priceSets = standing.filter((event) => isEventOf(event, "PriceSet"));
    this.rollups = standing.filter((event) => isEventOf(event, "UsageRolledUp"));
    this.others = standing.filter((event) => !isEventOf(event, "PriceSet") && !isEventOf(event, "UsageRolledUp"));
    this.tail = this.#tailBatches();
    this.damage = damage;
    const ends = lastEnds(parts.ends);
    this.position = encodePosition(new Map([...ends].map(([writer, { place }]) => [writer, place])));
    this.heads = new Map([...ends].map(([writer, { head }]) => [writer, head]));
  }

  get unknownTypes(): ReadonlyMap<string, number> {
    return (this.#unknownTypes ??= unknownTypesOf(this.#parts.folders, this.#parts.tail));
  }

  get conflicts(): LedgerView["conflicts"] {
    return (this.#conflicts ??= this.#findConflicts());
  }

  async *batches(options: ReadRowsOptions = {}): AsyncGenerator<RowBatch, void> {
    for (const file of this.files) {
      yield await file.open(options);
      // Reading waits for nothing, and others have their turn too.
      await turn();
    }
    yield* this.tail;
  }

  async corrected(): Promise<readonly CorrectedEvent[]> {
    const { corrections, tail, others } = this.#parts;
    const events = new Map(others.map((event) => [event.id, event]));
    const missing = [...corrections.keys()].filter((id) => tail.known.has(id) || !events.has(id));
    for (const [id, event] of await orChanged(() => findEvents(this.#parts, missing))) events.set(id, event);
    return [...corrections]
      .flatMap(([id, correction]) => {
        const event = events.get(id);
        return event === undefined ? [] : [{ event, correction }];
      })
      .sort((a, b) => byTimeThenId(a.event, b.event));
  }

  async events(batch: RowBatch, rows: readonly number[]): Promise<readonly RequestRecorded[]> {
    const origin = this.#origins.get(batch);
    if (origin === undefined) throw new RangeError("these rows are not of this view");
    const events = origin === null ? await this.#tailEvents(batch, rows) : await this.#mergedEvents(origin, rows);
    return events.map((event) => {
      if (event !== undefined && isRequest(event)) return event;
      throw new LedgerChangedError("a line that a row was made from is gone");
    });
  }

  async find(ids: Iterable<string>): Promise<ReadonlyMap<string, KnownEvent>> {
    const { corrections, current } = this.#parts;
    const standing = Array.from(ids).filter((id) => !corrections.has(id));
    return orChanged(() => findEvents(this.#parts, standing, (file, slot) => !current.has(file, slot)));
  }

  #fileOf(origin: Origin): ViewFile {
    const { file } = origin;
    return new StoredFile(file, this.#parts, (rows, current) => {
      const batch: RowBatch = { key: file.key, rows, dead: marksOf(current, rows.count) };
      this.#origins.set(batch, origin);
      return batch;
    });
  }

  /** The rows of part files, and then those that are in no file. */
  #tailBatches(): readonly RowBatch[] {
    return [...this.#partBatches(), ...this.#sightingBatches()];
  }

  #partBatches(): readonly RowBatch[] {
    const { folders, current } = this.#parts;
    return folders.flatMap((folder) =>
      folder.parts.map((file) => {
        const rows = file.rows({ details: true });
        const batch: RowBatch = { key: null, rows, dead: marksOf(current.rowsOf(file), rows.count) };
        this.#origins.set(batch, { folder, file });
        return batch;
      }),
    );
  }

  #sightingBatches(): readonly RowBatch[] {
    const { tail, corrections } = this.#parts;
    const drafts = Array.from(tail.known, ([id, { draft }]) => (corrections.has(id) ? null : draft));
    const rows = rowsOfDrafts(inRowOrder(drafts.filter((draft) => draft !== null)), tail.tables);
    const { rollups } = this;
    if (rows.count === 0 && rollups.length === 0) return [];
    const batch: RowBatch = { key: null, rows, dead: null, ...(rollups.length === 0 ? {} : { rollups }) };
    this.#origins.set(batch, null);
    return [batch];
  }

  #findConflicts(): LedgerView["conflicts"] {
    const { folders, current, tail, corrections } = this.#parts;
    const ids: string[] = [];
    for (const { files, parts } of folders) {
      for (const file of [...files, ...parts]) {
        for (const [row, id] of file.facts.conflicts) if (!current.has(file, row)) ids.push(id);
      }
    }
    for (const [id, { draft }] of tail.known) {
      if (draft !== null && tail.tables.terms.at(draft.terms).hasConflicts && !corrections.has(id)) ids.push(id);
    }
    return { count: ids.length, ids: ids.sort().slice(0, CONFLICT_IDS_MAX) };
  }

  async #tailEvents(batch: RowBatch, rows: readonly number[]): Promise<(KnownEvent | undefined)[]> {
    const { tail } = this.#parts;
    return orChanged(async () => {
      const details = batch.rows.details();
      const events: (KnownEvent | undefined)[] = [];
      for (const [count, row] of rows.entries()) {
        if (count % ROWS_PER_TURN === 0) await turn();
        const sighting = tail.known.get(details.id(row));
        events.push(sighting === undefined ? undefined : tail.eventOf(sighting));
      }
      return events;
    });
  }

  async #mergedEvents({ folder, file }: Origin, rows: readonly number[]): Promise<(KnownEvent | undefined)[]> {
    return orChanged(async () => {
      const index = file.index();
      const events: (KnownEvent | undefined)[] = [];
      for (const [count, row] of rows.entries()) {
        if (count % ROWS_PER_TURN === 0) await turn();
        const held: KnownEvent[] = [];
        for (const place of index.places(row)) {
          const { event } = folder.lines.read(place);
          if (isKnownEvent(event)) held.push(event);
        }
        const [first, ...rest] = held;
        events.push(first === undefined ? undefined : rest.reduce<KnownEvent>(mergeKnown, first));
      }
      return events;
    });
  }
}

/** A column file of a view. There are thousands, so what few ask of it is found when they do. */
class StoredFile implements ViewFile {
  readonly #file: StoredColumns;
  readonly #slots: Pick<ViewParts, "dead" | "current">;
  readonly #batchOf: (rows: RequestRows, current: Uint32Array) => RowBatch;

  constructor(
    file: StoredColumns,
    slots: Pick<ViewParts, "dead" | "current">,
    batchOf: (rows: RequestRows, current: Uint32Array) => RowBatch,
  ) {
    this.#file = file;
    this.#slots = slots;
    this.#batchOf = batchOf;
  }

  get key(): string {
    return this.#file.key;
  }

  get count(): number {
    return this.#file.header.rows;
  }

  get dead(): Uint32Array {
    return this.#slots.dead.rowsOf(this.#file);
  }

  get current(): Uint32Array {
    return this.#slots.current.rowsOf(this.#file);
  }

  get batches(): ViewFile["batches"] {
    return this.#file.facts.batches;
  }

  async open(options?: ReadRowsOptions): Promise<RowBatch> {
    return this.#batchOf(await orChanged(async () => this.#file.rows(options)), this.current);
  }
}

interface Origin {
  readonly folder: ViewFolder;
  readonly file: StoredColumns;
}

/** Does something with files that were there when the view was opened. */
async function orChanged<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw changed(error);
  }
}

/** What to throw where reading a view failed: where a file is damaged or gone, an error that says to open it again. */
export function changed(error: unknown): unknown {
  const cause = error instanceof LedgerUnavailableError ? error.cause : error;
  if (error instanceof ColumnFileError)
    return new LedgerChangedError(`a column file cannot be used: ${error.message}`, { cause: error });
  if (systemCode(cause) === "ENOENT" && error instanceof Error)
    return new LedgerChangedError(error.message, { cause: error });
  return error;
}

function unknownTypesOf(folders: readonly ViewFolder[], tail: Sightings): ReadonlyMap<string, number> {
  const kinds = new Map<string, string>();
  for (const { files, parts } of folders) {
    for (const { facts } of [...files, ...parts])
      for (const [kind, id] of facts.unknown) kinds.set(`${kind} ${id}`, kind);
  }
  for (const { kind, id } of tail.unknown.values()) kinds.set(`${kind} ${id}`, kind);
  const counts = new Map<string, number>();
  for (const kind of [...kinds.values()].sort()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** For each writer, in order of name, the end of its log. */
function lastEnds(ends: readonly LogEnd[]): ReadonlyMap<string, LogEnd> {
  const last = new Map<string, LogEnd>();
  for (const end of ends) {
    const held = last.get(end.writer);
    if (held === undefined || isAfter(end.place, held.place)) last.set(end.writer, end);
  }
  return new Map([...last].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isAfter(a: LogPlace, b: LogPlace): boolean {
  return a.segment === b.segment ? a.byte > b.byte : a.segment > b.segment;
}
