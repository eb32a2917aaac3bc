import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { v7 } from "uuid";
import { LedgerLockedError, LedgerUnavailableError } from "../../errors.ts";
import type { FileSystem } from "./file-system.ts";
import type { ProcessIdentity, Processes } from "./processes.ts";
import { systemCode, withPath } from "./unavailable.ts";
import { appendDurably } from "./write-durably.ts";

/** What one process at a time may hold. */
export interface Lock {
  release(): Promise<void>;
}

/** Where a lock is, and whose it can be. */
export interface LockOptions {
  readonly fileSystem: FileSystem;
  readonly processes: Processes;
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
 * replaced by whoever holds a second lock of the same kind beside it, so that no two processes can replace it at once.
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
  action: () => Promise<T>,
  turnsMax: number = TURNS_MAX,
): Promise<T> {
  const lock = await takeLockInTurn(root, name, options, turnsMax);
  try {
    return await action();
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

/** Locks this process is done with and could not remove, by path: their owner still runs, so nobody else may. */
const leftBehind = new WeakMap<FileSystem, Map<string, string>>();

function leftBehindIn(fileSystem: FileSystem): Map<string, string> {
  const paths = leftBehind.get(fileSystem) ?? new Map<string, string>();
  leftBehind.set(fileSystem, paths);
  return paths;
}

class LockTaker {
  readonly #root: string;
  readonly #name: string;
  readonly #fileSystem: FileSystem;
  readonly #processes: Processes;

  constructor(root: string, name: string, { fileSystem, processes }: LockOptions) {
    this.#root = root;
    this.#name = name;
    this.#fileSystem = fileSystem;
    this.#processes = processes;
  }

  async take(path: string, takeoversLeft: number): Promise<Lock> {
    await this.#releaseLeftBehind(path);
    const held = await this.#read(path);
    if (held !== null) this.#refuseRunning(held);
    const token = v7();
    const own = `${JSON.stringify({ ...this.#processes.self, token })}\n`;
    const draft = `${path}.${token}.tmp`;
    await this.#write(draft, own);
    try {
      for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
        if (await this.#link(draft, path)) return this.#lock(path, own);
        const text = await this.#read(path);
        if (text === null) continue;
        // A network file system can report that a link which it made was there before.
        if (text === own) return this.#lock(path, own);
        this.#refuseRunning(text);
        if (takeoversLeft === 0) break;
        if (await this.#replace(path, text, draft, takeoversLeft - 1)) return this.#lock(path, own);
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
  async #replace(path: string, text: string, draft: string, takeoversLeft: number): Promise<boolean> {
    let takeover: Lock;
    try {
      takeover = await this.take(`${path}.next`, takeoversLeft);
    } catch (error) {
      if (error instanceof LedgerLockedError) return false;
      throw error;
    }
    try {
      if ((await this.#read(path)) !== text) return false;
      await this.#fileSystem.rename(draft, path);
      return true;
    } finally {
      // One that stays is remembered, and the lock may have been taken.
      await takeover.release().catch(() => undefined);
    }
  }

  /** Tries again to give back what this process could not when it was done with it. */
  async #releaseLeftBehind(path: string): Promise<void> {
    const leftBehind = leftBehindIn(this.#fileSystem);
    const own = leftBehind.get(path);
    // Whoever comes meanwhile must not remove it too: by then it can be somebody else's.
    if (own !== undefined && leftBehind.delete(path)) await this.#lock(path, own).release();
  }

  #refuseRunning(text: string): void {
    const owner = parseOwner(text);
    if (owner === null || !this.#processes.isRunning(owner)) return;
    const elsewhere = owner.host === this.#processes.self.host ? null : owner.host;
    throw new LedgerLockedError(this.#root, this.#name, owner.pid, elsewhere);
  }

  #lock(path: string, own: string): Lock {
    return {
      release: () =>
        withPath(path, async () => {
          try {
            if ((await this.#read(path)) === own) await this.#fileSystem.remove(path);
          } catch (error) {
            leftBehindIn(this.#fileSystem).set(path, own);
            throw error;
          }
        }),
    };
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

  async #read(path: string): Promise<string | null> {
    try {
      return Buffer.from(await this.#fileSystem.readFile(path)).toString("utf8");
    } catch (error) {
      if (systemCode(error) === "ENOENT") return null;
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

/** Who a lock says has it; null for a text that no process wrote. */
export function parseOwner(text: string): ProcessIdentity | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || !("pid" in value && "host" in value)) return null;
  const { pid, host } = value;
  if (typeof pid !== "number" || typeof host !== "string") return null;
  const namespace = "namespace" in value && typeof value.namespace === "string" ? value.namespace : null;
  return {
    pid,
    host,
    namespace,
    started: "started" in value && typeof value.started === "string" ? value.started : null,
  };
}
