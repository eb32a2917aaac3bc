import assert from "node:assert/strict";
import { LedgerPrunedError } from "../errors.ts";
import type { LedgerEvent } from "../events/event.ts";
import type { Checkpoints } from "./checkpoints.ts";
import { decodeState, encodeState } from "./state-codec.ts";

/**
 * A fold of recorded events of an application's own, brought up to date by reading only what is new.
 *
 * Events come as they were recorded: a response that was seen several times comes several times (`merge` says what it
 * came to), and events of different processes in no fixed order. A state that depends on neither is the same whether it
 * was caught up or rebuilt.
 */
export interface EventProjection<State> {
  /** Of its checkpoint: lower-case letters, digits and dashes. */
  readonly name: string;
  /** Raised when the same events come to another state: the checkpoint is then rebuilt. */
  readonly version: number;
  /** Must survive JSON, as every later state. */
  readonly initialState: () => State;
  /** The state with an event taken in; may change the state it is given. */
  readonly evolve: (state: State, event: LedgerEvent) => State;
}

/** Events in an order in which they can be read on from any position. */
export interface PositionedEvents<Position extends string> {
  read(options: {
    readonly after?: Position;
  }): AsyncIterable<{ readonly position: Position; readonly event: LedgerEvent }>;
}

/** The state after all events. What was folded before is not read again, unless a prune made sums of it. */
export async function projectEvents<State, Position extends string>(
  projection: EventProjection<State>,
  events: PositionedEvents<Position>,
  checkpoints: Checkpoints,
): Promise<State> {
  const { name } = projection;
  assert.match(name, /^[a-z0-9][a-z0-9-]*$/, "the name of a projection must be fit for a file name");
  const held = heldState<State, Position>(await checkpoints.read(checkpointOf(name)), projection);
  try {
    return await foldOn(projection, events, checkpoints, held);
  } catch (error) {
    if (held === null || !(error instanceof LedgerPrunedError)) throw error;
    return foldOn(projection, events, checkpoints, null);
  }
}

function checkpointOf(name: string): string {
  return `projection-${name}`;
}

/** The state after all events, from one that is held on. */
async function foldOn<State, Position extends string>(
  projection: EventProjection<State>,
  events: PositionedEvents<Position>,
  checkpoints: Checkpoints,
  held: Held<State, Position> | null,
): Promise<State> {
  const { name, version, evolve } = projection;
  let state = held?.state ?? projection.initialState();
  let position = held?.position;
  let isNew = false;
  for await (const recorded of events.read(position === undefined ? {} : { after: position })) {
    state = evolve(state, recorded.event);
    ({ position } = recorded);
    isNew = true;
  }
  if (isNew)
    await checkpoints.write(checkpointOf(name), encodeState({ json: { version, position, state }, tables: {} }));
  return state;
}

interface Held<State, Position> {
  readonly version: number;
  readonly position: Position;
  readonly state: State;
}

/** Null where nothing is held, it is damaged, or of another version. */
function heldState<State, Position>(
  bytes: Uint8Array | null,
  { version }: EventProjection<State>,
): Held<State, Position> | null {
  const parts = bytes === null ? null : decodeState(bytes);
  if (parts === null) return null;
  const held = parts.json as Held<State, Position>;
  return held.version === version ? held : null;
}
