import type { RowBatch } from "../rows/request-rows.ts";
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
  /** One byte per row, not 0 where it does not count as far as files tell; null where all count. */
  readonly dead: Uint8Array | null;
  /** The same with what is in no file taken in. */
  readonly current: Uint8Array | null;
  readonly count: number;
  open(): Promise<RowBatch>;
}

/** Rows in files, and those that are in none yet. A `LedgerView` is this. */
export interface FiledRows {
  readonly files: readonly RowFile[];
  readonly tail: readonly RowBatch[];
}

/** Files that are read ahead of the one being added. */
const READ_AHEAD = 3;

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
    const covered = new Map(files.map((file) => [file.key, deadRowsOf(file)]));
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
  for (const file of files) {
    const then = covered.get(file.key);
    if (then === undefined) continue;
    const before = new Uint8Array(file.count);
    for (const row of then) before[row] = 1;
    if (await takeDifference(state, file, before, file.dead)) changes += 1;
  }
  const added = files.filter(({ key }) => !covered.has(key));
  await addFiles(state, added, ({ dead }) => dead);
  if (!state.isExact()) return null;
  return changes + added.length === 0 ? "up-to-date" : "caught-up";
}

async function takeTail(state: RowState<unknown>, { files, tail }: FiledRows): Promise<void> {
  for (const file of files) {
    if (file.dead !== file.current) await takeDifference(state, file, file.dead, file.current);
  }
  for (const batch of tail) state.add(batch);
}

/** Takes the rows of a file away that count no longer, and adds those that count again; false where there are none. */
async function takeDifference(
  state: RowState<unknown>,
  file: RowFile,
  before: Uint8Array | null,
  after: Uint8Array | null,
): Promise<boolean> {
  const taken = new Uint8Array(file.count).fill(1);
  const given = new Uint8Array(file.count).fill(1);
  let count = 0;
  for (let row = 0; row < file.count; row += 1) {
    const wasDead = before !== null && before[row] !== 0;
    const isDead = after !== null && after[row] !== 0;
    if (wasDead === isDead) continue;
    count += 1;
    (isDead ? taken : given)[row] = 0;
  }
  if (count === 0) return false;
  const batch = await file.open();
  state.subtract(withDead(batch, taken));
  state.add(withDead(batch, given));
  return true;
}

async function addFiles(
  state: RowState<unknown>,
  files: readonly RowFile[],
  deadOf: (file: RowFile) => Uint8Array | null,
): Promise<void> {
  const ahead: Promise<RowBatch>[] = [];
  let next = 0;
  for (const file of files) {
    for (; ahead.length < READ_AHEAD && next < files.length; next += 1) ahead.push(openAhead(files[next] ?? file));
    const batch = await ahead.shift();
    if (batch !== undefined) state.add({ ...batch, dead: deadOf(file) });
  }
}

/** Opens a file that is awaited later: until then its failure is nobody's. */
function openAhead(file: RowFile): Promise<RowBatch> {
  const batch = file.open();
  batch.catch(() => undefined);
  return batch;
}

function deadRowsOf({ dead }: RowFile): Uint32Array {
  if (dead === null) return new Uint32Array();
  const rows: number[] = [];
  for (const [row, isDead] of dead.entries()) if (isDead !== 0) rows.push(row);
  return Uint32Array.from(rows);
}

/** Some rows of a batch, and nothing else of it. */
function withDead({ key, rows }: RowBatch, dead: Uint8Array): RowBatch {
  return { key, rows, dead };
}
