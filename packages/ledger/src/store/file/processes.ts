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
