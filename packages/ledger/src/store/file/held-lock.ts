import { setTimeout as wait } from "node:timers/promises";
import { LedgerUnavailableError } from "../../errors.ts";
import type { FileSystem } from "./file-system.ts";
import { BEAT_MS, SILENT_MS } from "./lock-owner.ts";
import { systemCode, unavailable, withPath } from "./unavailable.ts";

/** What one process at a time may have. */
export interface Lock {
  /**
   * Whether this process still has it. Others take it over from one that stood still for ten minutes where they cannot see
   * whether it runs: so it is asked before anything that only its owner may do.
   *
   * @throws LedgerUnavailableError where the operating system does not tell.
   */
  isHeld(): boolean;
  release(): Promise<void>;
}

export interface HeldLockOptions {
  readonly fileSystem: FileSystem;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** So long after it was seen to be its own it cannot have been taken over: nobody can have found it silent. */
const SURE_MS = SILENT_MS / 3;
/** How often it is asked, every 20 ms, whether who found it silent before it was heard of again is done with taking it over. */
const TURNS_MAX = 50;
const WAIT_MS = 20;

/** Locks this process is done with and could not remove, by path: their owner still runs, so nobody else may. */
const leftBehind = new WeakMap<FileSystem, Map<string, string>>();

function leftBehindIn(fileSystem: FileSystem): Map<string, string> {
  const paths = leftBehind.get(fileSystem) ?? new Map<string, string>();
  leftBehind.set(fileSystem, paths);
  return paths;
}

/** A lock that this process has taken: it is heard of as long as it has it, and runs. */
export class HeldLock implements Lock {
  readonly #path: string;
  readonly #text: string;
  readonly #options: HeldLockOptions;
  readonly #timer: NodeJS.Timeout;
  #sureAt: number;
  /** When it was last written to, by the clock of its file system. */
  #modifiedAt: number | null = null;
  #isLost = false;

  /**
   * @param text What this process wrote into it.
   * @param since When it began to, in milliseconds since 1970: it is no older than that to others.
   */
  constructor(path: string, text: string, since: number, options: HeldLockOptions) {
    this.#path = path;
    this.#text = text;
    this.#options = options;
    this.#sureAt = since;
    this.#timer = setInterval(() => {
      this.#beat();
    }, BEAT_MS).unref();
  }

  isHeld(): boolean {
    return !this.#isLost && (this.#isSure || this.#makeSure());
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await removeOwn(this.#path, this.#text, this.#options.fileSystem, this.#isSure && !this.#isLost);
  }

  get #isSure(): boolean {
    return Math.abs(this.#options.now() - this.#sureAt) < SURE_MS;
  }

  #beat(): void {
    try {
      if (!this.#isLost) this.#makeSure();
    } catch {
      // It is told where it matters.
    }
  }

  #makeSure(): boolean {
    const { fileSystem, now } = this.#options;
    const at = now();
    const wasSure = this.#isSure;
    try {
      this.#touch();
      // Who takes it over takes a second one first, and looks then whether this one was heard of: so one of the two sees the other.
      const isBeingTaken = !wasSure && fileSystem.stateNow(nextOf(this.#path)) !== null;
      this.#isLost = isBeingTaken || !this.#isOwn();
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw unavailable(this.#path, error);
      this.#isLost = true;
    }
    if (this.#isLost) clearInterval(this.#timer);
    else this.#hear(at);
    return !this.#isLost;
  }

  #touch(): void {
    try {
      this.#options.fileSystem.touchNow(this.#path);
    } catch (error) {
      // Another user's cannot be written to.
      if (this.#isOwn()) throw error;
    }
  }

  /** Where a file system does not say when a file was written to, others hear nothing: then it is not sure, and asks each time. */
  #hear(at: number): void {
    const modifiedAt = this.#options.fileSystem.stateNow(this.#path)?.modifiedAt ?? null;
    if (modifiedAt !== this.#modifiedAt) this.#sureAt = at;
    this.#modifiedAt = modifiedAt;
  }

  #isOwn(): boolean {
    const own = Buffer.from(this.#text, "utf8");
    const found = Buffer.alloc(own.length + 1);
    const count = this.#options.fileSystem.readNow(this.#path, found, 0);
    return own.equals(found.subarray(0, count));
  }
}

/** @throws LedgerUnavailableError where this process has lost a lock of the folder: the message ends with what to do. */
export function refuseLost(lock: Lock, root: string, remedy: string): void {
  if (lock.isHeld()) return;
  const why = `another process took over the lock, as nothing was heard of this one for minutes; ${remedy}`;
  throw new LedgerUnavailableError(root, why);
}

/** The lock that whoever takes over a lock has to have. */
export function nextOf(path: string): string {
  return `${path}.next`;
}

/** Tries again to give back what this process could not when it was done with it. */
export async function removeLeftBehind(path: string, fileSystem: FileSystem): Promise<void> {
  const leftBehind = leftBehindIn(fileSystem);
  const own = leftBehind.get(path);
  // Whoever comes meanwhile must not remove it too: by then it can be somebody else's.
  if (own !== undefined && leftBehind.delete(path)) await removeOwn(path, own, fileSystem, false);
}

/** @param isSure Whether nobody can be taking it over. */
function removeOwn(path: string, own: string, fileSystem: FileSystem, isSure: boolean): Promise<void> {
  const isOwn = async (): Promise<boolean> => (await readLock(path, fileSystem)) === own;
  return withPath(path, async () => {
    try {
      if (!isSure && (await isOwn())) await outwaitTakers(path, fileSystem);
      if (await isOwn()) await fileSystem.remove(path);
    } catch (error) {
      leftBehindIn(fileSystem).set(path, own);
      throw error;
    }
  });
}

/** Has no more of them begin, and waits for who is at it: otherwise what is removed could be theirs by then. */
async function outwaitTakers(path: string, fileSystem: FileSystem): Promise<void> {
  try {
    fileSystem.touchNow(path);
  } catch {
    // Whose it is now is looked at again.
    return;
  }
  for (let turn = 1; turn <= TURNS_MAX; turn += 1) {
    if (fileSystem.stateNow(nextOf(path)) === null) return;
    await wait(WAIT_MS);
  }
}

/** The text of a lock; null where there is none. */
export async function readLock(path: string, fileSystem: FileSystem): Promise<string | null> {
  try {
    return Buffer.from(await fileSystem.readFile(path)).toString("utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return null;
    throw error;
  }
}
