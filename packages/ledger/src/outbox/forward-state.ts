import { join } from "node:path";
import { openDocument, type Document } from "../store/file/document.ts";
import { START, type Position } from "../store/event-store.ts";
import type { FileSystem } from "../store/file/file-system.ts";

/** How far the events of a ledger's folder have been forwarded to a shared ledger. */
export interface ForwardState {
  /** The shared ledger's id: another one at the same place has got nothing yet. Null where it is not known yet. */
  readonly ledger: string | null;
  /** Which life of its database: after a restore or a failover, what was committed before may be gone. */
  readonly incarnation?: string;
  /** The events up to here are committed there. */
  readonly position: Position;
  /** How many events that were. */
  readonly forwarded: number;
  /** When something was committed last, in milliseconds since 1970; null before. */
  readonly at: number | null;
  /** When the newest of these events occurred; null before. */
  readonly newestAt: string | null;
  /** Prunes of the folder before it was forwarded at all: what was rolled up later had been forwarded in detail. */
  readonly prunes: number;
  /** Why it cannot go on; null where it can. */
  readonly error: string | null;
  /** There once was nothing left to send: what the folder held before it was forwarded is there, too. */
  readonly caughtUp?: boolean;
}

/** By where the shared ledger is, without credentials. */
export type ForwardStates = Readonly<Record<string, ForwardState>>;

const NAME = "forward.json";

/** @throws LedgerFormatError for a damaged file; LedgerUnavailableError when the operating system refuses. */
export function openForwardStates(root: string, fileSystem: FileSystem): Promise<Document<ForwardStates>> {
  const remedy = "delete it: everything is sent again then, which changes nothing";
  return openDocument<ForwardStates>(join(root, NAME), {}, { fileSystem, remedy });
}

/** Before anything was forwarded. */
export function nothingForwarded(ledger: string | null, prunes: number): ForwardState {
  return { ledger, position: START, forwarded: 0, at: null, newestAt: null, prunes, error: null };
}

/** What was forwarded to a ledger, whichever name its database had then. */
export function stateOf(states: ForwardStates, id: string, name: string): ForwardState | undefined {
  const own = states[name];
  return own?.ledger === id ? own : Object.values(states).find(({ ledger }) => ledger === id);
}
