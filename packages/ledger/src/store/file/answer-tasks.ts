import type { ThreadMessage } from "./threads.ts";

/**
 * Lets a module that runs in a thread answer its tasks. Resolves when it listens; a task that came before that waits.
 *
 * What `answer` throws ends the thread, and is what `run` of it throws.
 */
export async function answerTasks(
  answer: (task: unknown, onProgress: (count: number) => void) => Promise<unknown>,
): Promise<void> {
  // Loaded by the few who are in a thread.
  const { parentPort: port } = await import("node:worker_threads");
  if (port === null) throw new Error("only a thread answers tasks");
  const tell = (message: ThreadMessage): void => {
    port.postMessage(message);
  };
  port.on("message", (task: unknown) => {
    answer(task, (progress) => {
      tell({ progress });
    }).then(
      (result) => {
        tell({ answer: result });
      },
      (error: unknown) => {
        // Out of the promise, so that nobody's handler of rejections can keep the thread alive without an answer.
        setImmediate(() => {
          throw error;
        });
      },
    );
  });
}
