import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process, told apart from others that had its number before. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Which container's processes it counts among, where the system tells: a number names a process only among them. */
  readonly namespace: string | null;
  /** Which run of the machine, and when in it the process began; null where the system does not tell. */
  readonly started: string | null;
}

/** What can be known of processes; a test can put others here. */
export interface Processes {
  readonly self: ProcessIdentity;
  /**
   * Whether a process is still there, as far as this one can tell: those of other machines, and those of other
   * containers while the machine runs, always are.
   */
  isRunning(process: ProcessIdentity): boolean;
}

/** What this process can tell and be told; a test can put another here. */
export interface Host {
  /** Writes a line for whoever watches the process. */
  warn(line: string): void;
  /** Calls back when the process ends of itself, before which nothing but synchronous work is done; returns an undo. */
  onExit(callback: () => void): () => void;
  /**
   * Calls back when the process is asked to end (SIGTERM, SIGINT); returns an undo. Whether it does is for the
   * process's own listeners to decide; where there are none it ends as it would have.
   */
  onSignal(callback: () => void): () => void;
}

/** This process. */
export const nodeHost: Host = {
  warn(line) {
    process.stderr.write(`${line}\n`);
  },
  onExit: (callback) => subscribe(exitCallbacks, callback, ["exit"], exit),
  onSignal: (callback) => subscribe(signalCallbacks, callback, SIGNALS, endBySignal),
};

const SIGNALS: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT"];
const exitCallbacks = new Set<() => void>();
const signalCallbacks = new Set<() => void>();

function exit(): void {
  for (const callback of exitCallbacks) callback();
}

function endBySignal(signal: NodeJS.Signals): void {
  for (const callback of signalCallbacks) callback();
  if (process.listenerCount(signal) > 1) return;
  process.removeListener(signal, endBySignal);
  process.kill(process.pid, signal);
}

/** One listener for all callbacks: Node warns of more than ten. */
function subscribe(
  callbacks: Set<() => void>,
  callback: () => void,
  events: readonly string[],
  listener: (signal: NodeJS.Signals) => void,
): () => void {
  if (callbacks.size === 0) for (const event of events) process.on(event, listener);
  callbacks.add(callback);
  return () => {
    if (callbacks.delete(callback) && callbacks.size === 0) for (const event of events) process.off(event, listener);
  };
}

/** This machine's clock: milliseconds since 1970. */
export function systemNow(): number {
  return Date.now();
}

/** A key that nobody can guess. */
export function randomKey(): Uint8Array {
  return randomBytes(32);
}

/** The processes of this machine. */
export const nodeProcesses: Processes = {
  self: { pid: process.pid, host: hostname(), namespace: pidNamespace(), started: startOf(process.pid) },
  isRunning({ pid, host, namespace, started }) {
    if (host !== hostname()) return true;
    const { self } = nodeProcesses;
    if (bootOf(started) !== null && bootOf(self.started) !== null && bootOf(started) !== bootOf(self.started)) {
      return false;
    }
    if (namespace !== null && self.namespace !== null && namespace !== self.namespace) return true;
    if (!isAlive(pid)) return false;
    const now = startOf(pid);
    return started === null || now === null || started === now;
  },
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user may not be signalled, and is alive.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Linux tells the boot and the clock tick in which a process started; without it a new process with an old number looks like the old one. */
function startOf(pid: number): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    // The fields after the command's name, which can hold spaces; the start is field 22 of the whole line.
    const tick = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return tick === undefined ? null : `${boot}/${tick}`;
  } catch {
    return null;
  }
}

/** The run of the machine in which a process started. */
function bootOf(started: string | null): string | null {
  return started?.split("/")[0] ?? null;
}

/** Linux tells containers apart whose processes have numbers of their own. */
function pidNamespace(): string | null {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return null;
  }
}
