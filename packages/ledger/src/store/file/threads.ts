import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";

/** What other threads of this process can do for it; a test can put others here. */
export interface Threads {
  /** How many work at once without taking turns. */
  readonly processors: number;
  /** Fewer bytes are read sooner by whoever is there already than a thread has started. */
  readonly bytesMin: number;
  /**
   * Starts a thread that runs a module, which answers with `answerTasks`; null where the module has no compiled file of
   * its own, because the program was bundled without it or runs from its sources.
   */
  start(module: URL): Promise<TaskThread | null>;
}

/** A thread that takes one task after the other. */
export interface TaskThread {
  /**
   * Resolves to the answer of the module to a task; only when it has, another may be given.
   *
   * @param onProgress Hears of it meanwhile.
   * @throws whatever the thread died of, and an Error where it ended without a word.
   */
  run(task: unknown, onProgress: (count: number) => void): Promise<unknown>;
  /** Resolves when the thread has ended, with or without an answer. */
  end(): Promise<void>;
}

/** What a thread tells: how far it is, or the answer. */
export type ThreadMessage = { readonly progress: number } | { readonly answer: unknown };

/** Threads of this machine. */
export const nodeThreads: Threads = {
  processors: availableParallelism(),
  bytesMin: 67_108_864,
  start: async (module) => (existsSync(module) ? startThread(module) : null),
};

async function startThread(module: URL): Promise<TaskThread> {
  // Loaded by the few who start one.
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(module);
  let died: Error | null = null;
  // Between two tasks there is nobody else to hear of it.
  worker.on("error", (error) => {
    died = error instanceof Error ? error : new Error(String(error));
  });
  worker.on("exit", (code) => {
    died ??= new Error(`the thread ended with code ${String(code)}`);
  });
  return {
    run: (task, onProgress) =>
      new Promise((resolve, reject) => {
        const stop = (): void => {
          worker.off("message", hear).off("exit", fail);
        };
        const hear = (message: ThreadMessage): void => {
          if ("progress" in message) {
            onProgress(message.progress);
            return;
          }
          stop();
          resolve(message.answer);
        };
        // After the error, where there was one.
        const fail = (): void => {
          stop();
          reject(died ?? new Error("the thread ended"));
        };
        if (died !== null) {
          reject(died);
          return;
        }
        worker.on("message", hear).on("exit", fail);
        worker.postMessage(task);
      }),
    async end() {
      await worker.terminate();
    },
  };
}
