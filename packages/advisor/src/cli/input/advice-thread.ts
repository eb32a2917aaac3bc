import { answerTasks } from "@farthing/ledger";
import { adviseShare, type AdviceTask } from "./advise-share.ts";

// What `analyse-in-shares.ts` starts a thread with.
await answerTasks(async (task) => adviseShare(task as AdviceTask));
