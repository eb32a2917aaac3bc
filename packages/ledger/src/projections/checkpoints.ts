import { createHash } from "node:crypto";
import type { RowProjection, RowState } from "./row-projection.ts";
import { decodeState, encodeState } from "./state-codec.ts";

/** Where checkpoints are kept. What is lost there costs time and nothing else. */
export interface Checkpoints {
  /** Null where there is none, or none can be read. The bytes become the caller's own, who may write into them. */
  read(name: string): Promise<Uint8Array | null>;
  /** Keeps a checkpoint, if that is possible. The bytes come in pieces, which are the caller's own again afterwards. */
  write(name: string, pieces: readonly Uint8Array[]): Promise<void>;
}

/** A state and the rows in it. */
export interface Checkpoint<Result> {
  readonly state: RowState<Result>;
  /** By key of a file whose rows are in the state, the rows that did not count then, in order. */
  readonly covered: ReadonlyMap<string, Uint32Array>;
}

interface CheckpointJson {
  readonly projection: readonly [name: string, version: number, question: string];
  readonly keys: readonly string[];
  readonly state: unknown;
}

/** The name of a projection's checkpoint: equal questions have equal names. */
export function checkpointName({ name, version, question }: RowProjection<unknown>): string {
  const hash = createHash("sha256")
    .update(`${String(version)} ${question}`)
    .digest("hex");
  return `${name}-${hash.slice(0, 16)}`;
}

export function encodeCheckpoint<Result>(
  projection: RowProjection<Result>,
  { state, covered }: Checkpoint<Result>,
): readonly Uint8Array[] {
  const { json, tables } = state.parts();
  const dead = [...covered.values()];
  const deadRows = new Uint32Array(dead.reduce((sum, rows) => sum + rows.length, 0));
  let place = 0;
  for (const rows of dead) {
    deadRows.set(rows, place);
    place += rows.length;
  }
  const { name, version, question } = projection;
  const header: CheckpointJson = { projection: [name, version, question], keys: [...covered.keys()], state: json };
  const deadCounts = Uint32Array.from(dead, (rows) => rows.length);
  return encodeState({ json: header, tables: { ...tables, deadCounts, deadRows } });
}

/** Name, version and question of the projection that a checkpoint is of; null for bytes that are none. */
export function projectionIn(bytes: Uint8Array): readonly [name: string, version: number, question: string] | null {
  const parts = decodeState(bytes);
  const { projection = null } = (parts?.json ?? {}) as Partial<CheckpointJson>;
  return projection;
}

/** Reads what `encodeCheckpoint` wrote; null for anything else, and for another projection's. */
export function decodeCheckpoint<Result>(
  projection: RowProjection<Result>,
  bytes: Uint8Array,
): Checkpoint<Result> | null {
  const parts = decodeState(bytes);
  if (parts === null) return null;
  const { projection: written, keys, state } = parts.json as CheckpointJson;
  const { name, version, question } = projection;
  if (written[0] !== name || written[1] !== version || written[2] !== question) return null;
  const { deadCounts, deadRows } = parts.tables;
  if (!(deadCounts instanceof Uint32Array) || !(deadRows instanceof Uint32Array)) return null;
  const covered = new Map<string, Uint32Array>();
  let place = 0;
  for (const [index, key] of keys.entries()) {
    const end = place + (deadCounts[index] ?? 0);
    covered.set(key, deadRows.subarray(place, end));
    place = end;
  }
  return { state: projection.restore({ json: state, tables: parts.tables }), covered };
}
