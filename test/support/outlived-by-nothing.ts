import { spawn } from "node:child_process";
import { once } from "node:events";
import type { rmSync } from "node:fs";

/** Ends a server when the process that started it is gone. */
export interface Watcher {
  /** The process to end; null where none runs. */
  watch(pid: number | null): void;
  /** Ends what is watched at once, and removes the folder. */
  end(): Promise<void>;
}

/**
 * Starts a small process that outlives this one however this one ends, by SIGKILL too: then its input ends. It sends the
 * process it was last told of a SIGQUIT, which is PostgreSQL's immediate shutdown, SIGKILL where that does nothing, and
 * removes the folder.
 */
export function watchOver(folder: string): Watcher {
  const script = `(${untilInputEnds.toString()})(${JSON.stringify(folder)}, require("node:fs").rmSync)`;
  // In a group of its own, so that what interrupts the tests at a terminal does not end it first.
  const child = spawn(process.execPath, ["-e", script], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  const { stdin } = child;
  stdin.on("error", () => undefined);
  child.unref();
  // A pipe is a socket, which else would keep this process from ending.
  (stdin as typeof stdin & { unref?(): void }).unref?.();
  return {
    watch(pid) {
      stdin.write(`${String(pid ?? 0)}\n`);
    },
    async end() {
      const ended = once(child, "exit");
      child.ref();
      stdin.end();
      await ended;
    },
  };
}

/** Runs in a process of its own, as text: everything it uses must be a parameter. */
function untilInputEnds(folder: string, remove: typeof rmSync): void {
  let input = "";
  process.stdin.setEncoding("utf8").on("data", (text: string) => (input = (input + text).slice(-100)));
  process.stdin.on("end", () => {
    const pid = Number(input.trimEnd().split("\n").at(-1));
    const send = (signal: NodeJS.Signals | 0): boolean => {
      try {
        return pid > 0 && process.kill(pid, signal);
      } catch {
        return false;
      }
    };
    const deadline = Date.now() + 3_000;
    send("SIGQUIT");
    const timer = setInterval(() => {
      if (send(0) && Date.now() < deadline) return;
      send("SIGKILL");
      clearInterval(timer);
      remove(folder, { recursive: true, force: true, maxRetries: 5 });
    }, 20);
  });
}
