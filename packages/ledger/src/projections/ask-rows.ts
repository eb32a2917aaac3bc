import { setImmediate as turn } from "node:timers/promises";
import type { RowBatch } from "../rows/request-rows.ts";
import { marksOf } from "../rows/row-marks.ts";
import { RowRoom } from "../rows/row-room.ts";
import {
  checkpointName,
  decodeCheckpoint,
  encodeCheckpoint,
  type Checkpoint,
  type Checkpoints,
} from "./checkpoints.ts";
import type { RowProjection, RowState } from "./row-projection.ts";

/** The rows of one file, which are read when they are asked for. */
export interface RowFile {
  /** Equal keys, equal rows in equal order. */
  readonly key: string;
  /** The rows that do not count as far as files tell, in order. */
  readonly dead: Uint32Array;
  /** The same with what is in no file taken in. */
  readonly current: Uint32Array;
  readonly count: number;
  /** Reads the rows into room in which nothing of what was read before is needed any more. */
  open(options: { readonly room: RowRoom }): Promise<RowBatch>;
}

/** Rows in files, and those that are in none yet. A `LedgerView` is this. */
export interface FiledRows {
  readonly files: readonly RowFile[];
  readonly tail: readonly RowBatch[];
}

/**
 * Answers a question about rows, reading only what came since it was answered last.
 *
 * A checkpoint holds the state after some files. Rows of these that count no longer are taken away, rows of new files
 * are added; the result is kept as the next checkpoint. What is in no file is added after that, and never kept. The answer
 * is that of adding all rows, whatever the checkpoint was.
 *
 * @param checkpoints Null to add all rows.
 */
export async function askRows<Result>(
  projection: RowProjection<Result>,
  rows: FiledRows,
  checkpoints: Checkpoints | null,
): Promise<Result> {
  const state = await stateAtFiles(projection, rows, checkpoints);
  await takeTail(state, rows);
  if (state.isExact()) return state.result();
  const anew = projection.newState();
  await addFiles(anew, rows.files, ({ current }) => current);
  for (const batch of rows.tail) anew.add(batch);
  return anew.result();
}

/** The state after all files, which is kept. */
async function stateAtFiles<Result>(
  projection: RowProjection<Result>,
  { files }: FiledRows,
  checkpoints: Checkpoints | null,
): Promise<RowState<Result>> {
  const name = checkpointName(projection);
  const held = checkpoints === null ? null : await readCheckpoint(projection, checkpoints, name);
  const caughtUp = held === null ? null : await catchUp(held, files);
  if (caughtUp === "up-to-date" && held !== null) return held.state;
  const state = caughtUp === "caught-up" && held !== null ? held.state : projection.newState();
  if (caughtUp !== "caught-up") await addFiles(state, files, ({ dead }) => dead);
  // No file, no row: there is nothing that a checkpoint would spare.
  if (checkpoints !== null && files.length > 0) {
    const covered = new Map(files.map(({ key, dead }) => [key, dead]));
    await checkpoints.write(name, encodeCheckpoint(projection, { state, covered }));
  }
  return state;
}

async function readCheckpoint<Result>(
  projection: RowProjection<Result>,
  checkpoints: Checkpoints,
  name: string,
): Promise<Checkpoint<Result> | null> {
  const bytes = await checkpoints.read(name);
  return bytes === null ? null : decodeCheckpoint(projection, bytes);
}

/** Brings a checkpoint's state to that after all files; null where it has to be made anew. */
async function catchUp(
  { state, covered }: Checkpoint<unknown>,
  files: readonly RowFile[],
): Promise<"up-to-date" | "caught-up" | null> {
  const keys = new Set(files.map(({ key }) => key));
  if ([...covered.keys()].some((key) => !keys.has(key))) return null;
  let changes = 0;
  const room = new RowRoom();
  for (const file of files) {
    const then = covered.get(file.key);
    if (then === undefined) continue;
    if (await takeDifference(state, file, then, file.dead, room)) changes += 1;
  }
  const added = files.filter(({ key }) => !covered.has(key));
  await addFiles(state, added, ({ dead }) => dead);
  if (!state.isExact()) return null;
  return changes + added.length === 0 ? "up-to-date" : "caught-up";
}

async function takeTail(state: RowState<unknown>, { files, tail }: FiledRows): Promise<void> {
  const room = new RowRoom();
  for (const file of files) await takeDifference(state, file, file.dead, file.current, room);
  for (const batch of tail) state.add(batch);
}

/** Takes the rows of a file away that count no longer, and adds those that count again; false where there are none. */
async function takeDifference(
  state: RowState<unknown>,
  file: RowFile,
  before: Uint32Array,
  after: Uint32Array,
  room: RowRoom,
): Promise<boolean> {
  if (isSame(before, after)) return false;
  const taken = withoutThose(after, before);
  const given = withoutThose(before, after);
  if (taken.length + given.length === 0) return false;
  const batch = await file.open({ room });
  if (taken.length > 0) state.subtract(only(taken, batch));
  if (given.length > 0) state.add(only(given, batch));
  return true;
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
  return a === b || (a.length === b.length && a.every((row, index) => row === b[index]));
}

/** The rows of one list that are not in another; both are in order. */
function withoutThose(rows: Uint32Array, others: Uint32Array): number[] {
  const rest: number[] = [];
  let place = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] ?? 0;
    while ((others[place] ?? Infinity) < row) place += 1;
    if (others[place] !== row) rest.push(row);
  }
  return rest;
}

async function addFiles(
  state: RowState<unknown>,
  files: readonly RowFile[],
  deadOf: (file: RowFile) => Uint32Array,
): Promise<void> {
  const room = new RowRoom();
  for (const file of files) {
    const { key, rows } = await file.open({ room });
    state.add({ key, rows, dead: marksOf(deadOf(file), rows.count) });
    // Reading waits for nothing, and others have their turn too.
    await turn();
  }
}

/** Some rows of a batch, and nothing else of it. */
function only(listed: readonly number[], { key, rows }: RowBatch): RowBatch {
  const dead = new Uint8Array(rows.count).fill(1);
  for (const row of listed) dead[row] = 0;
  return { key, rows, dead };
}
