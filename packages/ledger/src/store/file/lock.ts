import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { v7 } from "uuid";
import { LedgerLockedError, LedgerUnavailableError } from "../../errors.ts";
import type { FileSystem } from "./file-system.ts";
import { HeldLock, nextOf, readLock, removeLeftBehind, type Lock } from "./held-lock.ts";
import { formatLock, isElsewhere, isGone, parseOwner, silenceOf } from "./lock-owner.ts";
import { systemNow, type Processes } from "./processes.ts";
import { systemCode, withPath } from "./unavailable.ts";
import { appendDurably } from "./write-durably.ts";

export type { Lock } from "./held-lock.ts";

/** Where a lock is, and whose it can be. */
export interface LockOptions {
  readonly fileSystem: FileSystem;
  readonly processes: Processes;
  /** Milliseconds since 1970. Default: this machine's clock. */
  readonly now?: () => number;
}

const ATTEMPTS_MAX = 20;
const WAIT_MS = 20;
const TAKEOVERS_MAX = 4;
/** How often `withLock` asks again, if it is not told otherwise: for about ten seconds. */
const TURNS_MAX = 500;
/** What linking a file that could be made fails with. */
const NO_HARD_LINKS: readonly string[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/**
 * Takes a lock, which one process at a time has: a file in the ledger's folder that names its owner.
 *
 * The file appears with its content, by linking, and stays until its owner removes it. One whose owner is gone is
 * replaced by whoever holds a second lock of the same kind beside it, so that no two processes can replace it at once. Of an
 * owner on another machine, or in another container, nobody here can see whether it runs: it is gone when it has not been
 * heard of for ten minutes.
 *
 * @throws LedgerLockedError when another process has it.
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function takeLock(root: string, name: string, options: LockOptions): Promise<Lock> {
  const path = join(root, name);
  return withPath(path, () => new LockTaker(root, name, options).take(path, TAKEOVERS_MAX));
}

/** As `takeLock`, and null when another process has the lock. */
export async function takeLockIfFree(root: string, name: string, options: LockOptions): Promise<Lock | null> {
  try {
    return await takeLock(root, name, options);
  } catch (error) {
    if (error instanceof LedgerLockedError) return null;
    throw error;
  }
}

/**
 * Does something short while holding a lock, for which it waits its turn.
 *
 * @param turnsMax How often it asks, every 20 ms. Default: for about ten seconds.
 * @throws LedgerLockedError when another process has kept it for so long.
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function withLock<T>(
  root: string,
  name: string,
  options: LockOptions,
  action: (lock: Lock) => Promise<T>,
  turnsMax: number = TURNS_MAX,
): Promise<T> {
  const lock = await takeLockInTurn(root, name, options, turnsMax);
  try {
    return await action(lock);
  } finally {
    await lock.release();
  }
}

async function takeLockInTurn(root: string, name: string, options: LockOptions, turnsMax: number): Promise<Lock> {
  for (let turn = 1; turn < turnsMax; turn += 1) {
    const lock = await takeLockIfFree(root, name, options);
    if (lock !== null) return lock;
    await wait(WAIT_MS);
  }
  return takeLock(root, name, options);
}

class LockTaker {
  readonly #root: string;
  readonly #name: string;
  readonly #fileSystem: FileSystem;
  readonly #processes: Processes;
  readonly #now: () => number;

  constructor(root: string, name: string, { fileSystem, processes, now = systemNow }: LockOptions) {
    this.#root = root;
    this.#name = name;
    this.#fileSystem = fileSystem;
    this.#processes = processes;
    this.#now = now;
  }

  async take(path: string, takeoversLeft: number): Promise<Lock> {
    await removeLeftBehind(path, this.#fileSystem);
    const held = await readLock(path, this.#fileSystem);
    if (held !== null) this.#refuseRunning(path, held, this.#now());
    const token = v7();
    const since = this.#now();
    const own = formatLock(this.#processes.self, token);
    const draft = `${path}.${token}.tmp`;
    await this.#write(draft, own);
    // By the clock that the lock's own time is of.
    const at = this.#fileSystem.stateNow(draft)?.modifiedAt ?? this.#now();
    try {
      for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
        if (await this.#link(draft, path)) return this.#lock(path, own, since);
        const text = await readLock(path, this.#fileSystem);
        if (text === null) continue;
        // A network file system can report that a link which it made was there before.
        if (text === own) return this.#lock(path, own, since);
        this.#refuseRunning(path, text, at);
        if (takeoversLeft === 0) break;
        if (await this.#replace(path, { text, draft, at }, takeoversLeft - 1)) return this.#lock(path, own, since);
        await wait(WAIT_MS);
      }
    } finally {
      // One that stays is in nobody's way, and the lock may have been taken.
      await this.#removeQuietly(draft);
    }
    throw new LedgerUnavailableError(
      path,
      "cannot be taken over from a process that is gone; delete it, then try again",
    );
  }

  /** Puts the draft in the place of a lock whose owner is gone; false where another process was faster. */
  async #replace(
    path: string,
    { text, draft, at }: { readonly text: string; readonly draft: string; readonly at: number },
    takeoversLeft: number,
  ): Promise<boolean> {
    let takeover: Lock;
    try {
      takeover = await this.take(nextOf(path), takeoversLeft);
    } catch (error) {
      if (error instanceof LedgerLockedError) return false;
      throw error;
    }
    try {
      if ((await readLock(path, this.#fileSystem)) !== text) return false;
      // Heard of meanwhile: from now on it sees that it is being taken over.
      if (!this.#isGone(path, text, at)) return false;
      await this.#fileSystem.rename(draft, path);
      return true;
    } finally {
      // One that stays is remembered, and the lock may have been taken.
      await takeover.release().catch(() => undefined);
    }
  }

  #isGone(path: string, text: string, at: number): boolean {
    return isGone(text, { path, fileSystem: this.#fileSystem, processes: this.#processes }, at);
  }

  #refuseRunning(path: string, text: string, at: number): void {
    const owner = parseOwner(text);
    if (owner === null || this.#isGone(path, text, at)) return;
    const { self } = this.#processes;
    const elsewhere = isElsewhere(owner, self) ? { host: owner.host, silentMs: silenceOf(text, self) } : null;
    throw new LedgerLockedError(this.#root, this.#name, owner.pid, elsewhere);
  }

  #lock(path: string, own: string, since: number): Lock {
    return new HeldLock(path, own, since, { fileSystem: this.#fileSystem, now: this.#now });
  }

  async #write(path: string, text: string): Promise<void> {
    const file = await this.#fileSystem.open(path, "create");
    try {
      await appendDurably(file, Buffer.from(text, "utf8"));
    } catch (error) {
      await this.#removeQuietly(path);
      throw error;
    } finally {
      await file.close();
    }
  }

  /** Gives the draft the lock's name; false where there is a lock. */
  async #link(draft: string, path: string): Promise<boolean> {
    try {
      await this.#fileSystem.link(draft, path);
      return true;
    } catch (error) {
      const code = systemCode(error);
      if (code === "EEXIST") return false;
      if (code !== null && NO_HARD_LINKS.includes(code)) {
        const why = "this file system has no hard links, which the lock needs; keep the ledger on another one";
        throw new LedgerUnavailableError(this.#root, why, { cause: error });
      }
      throw error;
    }
  }

  /** A draft left behind holds up nobody. */
  async #removeQuietly(path: string): Promise<void> {
    try {
      await this.#fileSystem.remove(path);
    } catch {
      // It is gone already, or stays.
    }
  }
}
