import type { CorrectedEvent } from "../../events/corrections.ts";
import type { KnownEvent, PriceSet, RequestRecorded, UsageRolledUp } from "../../events/event.ts";
import type { Instant } from "../../instant.ts";
import type { RowBatch } from "../../rows/request-rows.ts";
import type { RowRoom } from "../../rows/row-room.ts";
import type { Damage, Position } from "../event-store.ts";
import type { FileSystem } from "../file/file-system.ts";
import type { ChainHead } from "../file/frame.ts";
import type { Processes } from "../file/processes.ts";

/** How a view is made. */
export interface ViewOptions {
  /** What had been recorded at a position, or until an instant; null for all there is. Default: null. */
  readonly asOf?: Position | Instant | null;
  /**
   * What to do about segments without a column file. `build`: make it, where the folder can be written to. `use`: read
   * the segment, write nothing. `ignore`: as `use`, and read no column file either. Default: `build`.
   */
  readonly columns?: "build" | "use" | "ignore";
  /** Told after each column file that is made: how many of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Default: this machine's. */
  readonly fileSystem?: FileSystem;
  /** Default: this machine's. */
  readonly processes?: Processes;
  /** Where an id lies in an index; equal ids must have equal numbers below 2^53. For tests. Default: `idHash`. */
  readonly idHash?: (id: string) => number;
}

/**
 * What ledgers say once all events are merged with those of their id and corrections are applied: the same as an
 * `Account`, without holding it in memory.
 *
 * A view does not change while it is open, and needs no closing. Its methods throw LedgerChangedError where a file it
 * stands on is found damaged or replaced.
 */
export interface LedgerView {
  /** The rows of segments that are full, by column file. None of their columns is read before `open`. */
  readonly files: readonly ViewFile[];
  /** The rows of what is not in column files; in memory. */
  readonly tail: readonly RowBatch[];
  /** Every row that counts: those of the files, a few read ahead, and then the tail's. */
  batches(options?: ReadRowsOptions): AsyncIterable<RowBatch>;
  /** In order of occurredAt, then id; those taken back are left out. */
  readonly priceSets: readonly PriceSet[];
  /** What requests came to that were pruned; they are on the last batch of the tail, too. In the same order. */
  readonly rollups: readonly UsageRolledUp[];
  /**
   * Every other known event that is not a request, corrections included, in the same order; without requests of batches
   * as they were submitted, of which there can be as many as of responses: see `find`.
   */
  readonly others: readonly KnownEvent[];
  /** Events of newer releases: how many, by `Type@version`. */
  readonly unknownTypes: ReadonlyMap<string, number>;
  /** Responses of which final snapshots disagree: how many, and the ids of the first, in order of id. */
  readonly conflicts: { readonly count: number; readonly ids: readonly string[] };
  /** Events that were taken back, in order of occurredAt, then id; read from the log. */
  corrected(): Promise<readonly CorrectedEvent[]>;
  /** The whole events of rows, in the rows' order; read from the log. */
  events(batch: RowBatch, rows: readonly number[]): Promise<readonly RequestRecorded[]>;
  /**
   * The known events of some ids, each merged with everything that is recorded under its id; read from the log. Ids of
   * which nothing counts, because they are unknown, were taken back or pruned, are left out.
   *
   * Takes any number of ids: each costs a look-up in memory and the reading of its lines.
   */
  find(ids: Iterable<string>): Promise<ReadonlyMap<string, KnownEvent>>;
  /** Damage in the segments that the view takes in, those behind column files included. */
  readonly damage: readonly Damage[];
  /** After the last event of every log. */
  readonly position: Position;
  /** Where each writer's log stands there. */
  readonly heads: ReadonlyMap<string, ChainHead>;
}

export interface ReadRowsOptions {
  /** Whether the rows' `details` will be asked for, which costs reading them. Default: false. */
  readonly details?: boolean;
  /** Where rows without details are read into; what was there before is gone. Default: rows have room of their own. */
  readonly room?: RowRoom;
}

/** The rows of one column file. */
export interface ViewFile {
  /** Equal keys, equal rows in equal order, in every process. */
  readonly key: string;
  /** How many rows it has. */
  readonly count: number;
  /** The batches that its rows are of, those rows included that do not count, and of how many each. */
  readonly batches: readonly (readonly [batch: string, rows: number])[];
  /** The rows that do not count as far as the column files tell, in order. */
  readonly dead: Uint32Array;
  /** The same with the tail taken in, which can take a row away and, by a correction of a correction, give it back. */
  readonly current: Uint32Array;
  /** Reads the rows; `dead` of the batch is `current`. */
  open(options?: ReadRowsOptions): Promise<RowBatch>;
}
