import { LedgerUnavailableError } from "../../errors.ts";
import type { FileSystem } from "./file-system.ts";
import { BEAT_MS, SILENT_MS } from "./lock-owner.ts";
import { systemCode, withPath } from "./unavailable.ts";

/** What one process at a time may have. */
export interface Lock {
  /**
   * Whether this process still has it. Others take it over from one that stood still for ten minutes where they cannot see
   * whether it runs: so it is asked before anything that only its owner may do.
   *
   * @throws what the operating system says where it cannot be told.
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
  #isLost = false;

  /** @param text What this process wrote into it. */
  constructor(path: string, text: string, options: HeldLockOptions) {
    this.#path = path;
    this.#text = text;
    this.#options = options;
    this.#sureAt = options.now();
    this.#timer = setInterval(() => {
      this.#beat();
    }, BEAT_MS).unref();
  }

  isHeld(): boolean {
    return !this.#isLost && (this.#isSure || this.#makeSure());
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await removeOwn(this.#path, this.#text, this.#options.fileSystem);
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
      fileSystem.touchNow(this.#path);
      // Who takes it over takes a second one first, and looks then whether this one was heard of: so one of the two sees the other.
      const isBeingTaken = !wasSure && fileSystem.stateNow(nextOf(this.#path)) !== null;
      this.#isLost = isBeingTaken || !this.#isOwn();
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw error;
      this.#isLost = true;
    }
    if (this.#isLost) clearInterval(this.#timer);
    else this.#sureAt = at;
    return !this.#isLost;
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
  if (own !== undefined && leftBehind.delete(path)) await removeOwn(path, own, fileSystem);
}

function removeOwn(path: string, own: string, fileSystem: FileSystem): Promise<void> {
  return withPath(path, async () => {
    try {
      if ((await readLock(path, fileSystem)) === own) await fileSystem.remove(path);
    } catch (error) {
      leftBehindIn(fileSystem).set(path, own);
      throw error;
    }
  });
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
