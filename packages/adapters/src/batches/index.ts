export { type BatchCall } from "./batch-call.ts";
export { recordBatchCreated } from "./batch-created.ts";
export { BatchMemory } from "./batch-memory.ts";
export { BatchResults, recordHeldResults } from "./batch-results.ts";
export { recordBatchStatus } from "./batch-status.ts";
