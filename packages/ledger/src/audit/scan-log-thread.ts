import { answerTasks } from "../store/file/answer-tasks.ts";
import { nodeFileSystem } from "../store/file/file-system.ts";
import { scanLog, type LogToScan } from "./scan-log.ts";

/** A message takes as long as checking so many bytes, and nobody looks more often. */
const PROGRESS_BYTES = 8_388_608;

// What `verify-logs.ts` starts a thread with.
await answerTasks(async (task, onProgress) => {
  let untold = 0;
  const scanned = await scanLog(task as LogToScan, nodeFileSystem, (count) => {
    untold += count;
    if (untold < PROGRESS_BYTES) return;
    onProgress(untold);
    untold = 0;
  });
  onProgress(untold);
  return scanned;
});
