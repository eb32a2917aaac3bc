import type { FileSystem } from "./file-system.ts";
import type { ProcessIdentity, Processes } from "./processes.ts";

/** How often the owner of a lock writes to it, in milliseconds. */
export const BEAT_MS = 60_000;
/** An owner that cannot be asked is gone when it has missed so many beats. */
const BEATS_MISSED = 10;
/** In milliseconds: an owner of whose beats none came for longer is taken for gone by others. */
export const SILENT_MS: number = BEAT_MS * BEATS_MISSED;

/** What a lock says. */
interface LockText {
  readonly owner: ProcessIdentity;
  /** How often its owner writes to it, in milliseconds; null for one of a release that does not. */
  readonly beatMs: number | null;
}

/** Where a lock is, and who looks at it. */
export interface LockPlace {
  readonly path: string;
  readonly fileSystem: FileSystem;
  readonly processes: Processes;
}

export function formatLock(owner: ProcessIdentity, token: string): string {
  return `${JSON.stringify({ ...owner, token, beatMs: BEAT_MS })}\n`;
}

/** Who a lock says has it; null for a text that no process wrote. */
export function parseOwner(text: string): ProcessIdentity | null {
  return parseLock(text)?.owner ?? null;
}

/** Whether its owner can be in a place where nobody here can see whether it runs. */
export function isElsewhere({ host, namespace }: ProcessIdentity, self: ProcessIdentity): boolean {
  return host !== self.host || (namespace !== null && self.namespace !== null && namespace !== self.namespace);
}

/**
 * For how long the owner of a lock has to be silent until it is taken for gone, in milliseconds; null where it can be
 * seen whether it runs, and where it does not say that it can be heard.
 */
export function silenceOf(text: string, self: ProcessIdentity): number | null {
  const lock = parseLock(text);
  if (lock === null || lock.beatMs === null || !isElsewhere(lock.owner, self)) return null;
  return lock.beatMs * BEATS_MISSED;
}

/** Whether the owner of a lock is gone, as far as this process can tell at an instant of the clock of its file system. */
export function isGone(text: string, { path, fileSystem, processes }: LockPlace, at: number): boolean {
  const owner = parseOwner(text);
  if (owner === null || !processes.isRunning(owner)) return true;
  const silence = silenceOf(text, processes.self);
  if (silence === null) return false;
  const state = fileSystem.stateNow(path);
  return state !== null && at - state.modifiedAt > silence;
}

function parseLock(text: string): LockText | null {
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
  const started = "started" in value && typeof value.started === "string" ? value.started : null;
  const beatMs = "beatMs" in value && typeof value.beatMs === "number" && value.beatMs > 0 ? value.beatMs : null;
  return { owner: { pid, host, namespace, started }, beatMs };
}
