import { hash } from "node:crypto";
import { join } from "node:path";
import { openDocument, type Document } from "../store/file/document.ts";
import { START, type Position } from "../store/event-store.ts";
import type { FileSystem } from "../store/file/file-system.ts";
import { namesIn } from "../store/file/names-in.ts";

/** How far the events of a ledger's folder have been forwarded to a shared ledger. */
export interface ForwardState {
  /** The shared ledger's id: another one at the same place has got nothing yet. Null where it is not known yet. */
  readonly ledger: string | null;
  /** Which life of its database: after a restore or a failover, what was committed before may be gone. */
  readonly incarnation?: string;
  /**
   * How many lives of it the folder has seen end, under whichever name; absent for 0. Of states of one ledger that were
   * written in earlier ones nobody knows what is still there.
   */
  readonly livesBefore?: number;
  /** The newest transaction that committed any of them; absent before. */
  readonly transaction?: string | null;
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
  /** Prunes of which it was told what it lacks of the lines that went; where it is absent, as many as `prunes`. */
  readonly told?: number;
  /** What it may lack that is in the folder no more; absent where it lacks nothing, or was told of all that it does. */
  readonly gap?: Gap;
  /** Why it cannot go on; null where it can. */
  readonly error: string | null;
  /**
   * Its login, or what it would send, was refused, and it left the folder to whoever is not: a wrong password, too many
   * connections, sums of a prune.
   */
  readonly isRefused?: boolean;
  /** There once was nothing left to send: what the folder held before it was forwarded is there, too. */
  readonly caughtUp?: boolean;
  /** When, and with how many lines in no database, it was forgotten; what is known stays, should it come back. */
  readonly forgotten?: { readonly at: number; readonly waiting: number } | null;
}

/** What of a folder a shared ledger may lack, as nobody can tell: it is in the folder no more. */
export interface Gap {
  /** Events, at most. How many tokens they are is not known. */
  readonly events: number;
  /** When that was found, in milliseconds since 1970. */
  readonly at: number;
  /** Whether its database was put back to an earlier state; else it is one that the folder was not forwarded to before. */
  readonly isRestored: boolean;
}

/** Whether the folder is forwarded there, and that was not forgotten. */
export function isTarget({ forgotten = null }: ForwardState): boolean {
  return forgotten === null;
}

/** One that is forwarded to again is no longer forgotten. */
export function asTarget(state: ForwardState): ForwardState {
  return isTarget(state) ? state : { ...state, forgotten: null };
}

/** What a database says of the life it lives. */
export interface LifeSaid {
  readonly incarnation: string;
  readonly nextTransaction: string | null;
}

/** Whether what was committed may be gone: the database is another one, or begins again before a transaction of ours. */
export function isOtherLife({ incarnation, transaction = null }: ForwardState, said: LifeSaid): boolean {
  return incarnation !== said.incarnation || isBehind(transaction, said);
}

/** How many lives had ended when a state began, where what was forwarded before may be gone: others may know of this one already. */
export function livesBefore(known: ForwardState, states: readonly ForwardState[], said: LifeSaid): number {
  const newest = Math.max(...states.map(livesOf));
  const isKnown = states.some((each) => livesOf(each) === newest && !isOtherLife(each, said));
  return isKnown && newest > livesOf(known) ? newest : newest + 1;
}

export function livesOf({ livesBefore: lives = 0 }: ForwardState): number {
  return lives;
}

/** Whether what was said, a while ago perhaps, was said before a transaction was committed. */
export function isBehind(transaction: string | null, { nextTransaction }: LifeSaid): boolean {
  if (transaction === null || nextTransaction === null) return false;
  return BigInt(nextTransaction) <= BigInt(transaction);
}

/** By where the shared ledger is, without credentials; in order of it. */
export type ForwardStates = ReadonlyMap<string, ForwardState>;

/** What the file of one database says. */
export interface KeptState extends ForwardState {
  /** Where the shared ledger is, without credentials. */
  readonly to: string;
}

/** One file of all databases, which earlier releases wrote: read for those that have none of their own yet. */
const OF_ALL = "forward.json";
const OF_ONE = /^forward-[0-9a-f]{16}\.json$/;
const REMEDY =
  "restore it, or delete it: everything is sent again then, which changes nothing unless the folder was pruned since";

/** Held by the process that forwards a folder to a database, whichever of its processes recorded the events. */
export function forwardLockOf(name: string): string {
  return `${stemOf(name)}.lock`;
}

/** The name of a database can hold anything, and be of any length. */
function stemOf(name: string): string {
  return `forward-${hash("sha256", name, "hex").slice(0, 16)}`;
}

/**
 * What is kept of one database; null where nothing is, or only in the file of all.
 *
 * @throws LedgerFormatError for a damaged file; LedgerUnavailableError when the operating system refuses.
 */
export function openKeptState(root: string, name: string, fileSystem: FileSystem): Promise<Document<KeptState | null>> {
  return openDocument<KeptState | null>(join(root, `${stemOf(name)}.json`), null, { fileSystem, remedy: REMEDY });
}

/**
 * How far a folder was forwarded, to each database, forgotten ones included.
 *
 * @throws LedgerFormatError for a damaged file; LedgerUnavailableError when the operating system refuses.
 */
export async function readForwardStates(root: string, fileSystem: FileSystem): Promise<ForwardStates> {
  const ofAll = await openDocument<Readonly<Record<string, ForwardState>>>(
    join(root, OF_ALL),
    {},
    { fileSystem, remedy: REMEDY },
  );
  const states = new Map(Object.entries(ofAll.data));
  for (const file of await namesIn(root, fileSystem)) {
    if (!OF_ONE.test(file)) continue;
    const { data } = await openDocument<KeptState | null>(join(root, file), null, { fileSystem, remedy: REMEDY });
    if (data !== null) states.set(data.to, data);
  }
  return new Map([...states].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Whether a database has a file of its own, which may be damaged. */
export async function hasStateOf(root: string, name: string, fileSystem: FileSystem): Promise<boolean> {
  return (await namesIn(root, fileSystem)).includes(`${stemOf(name)}.json`);
}

/** Before anything was forwarded. */
export function nothingForwarded(ledger: string | null, prunes: number): ForwardState {
  return { ledger, position: START, forwarded: 0, at: null, newestAt: null, prunes, error: null };
}
