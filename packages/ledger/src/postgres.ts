export { connect, type Answer, type ConnectOptions, type Database, type Query } from "./store/postgres/database.ts";
export type { Right } from "./store/postgres/readable-error.ts";
export { parsePostgresUrl, type PostgresUrl } from "./store/postgres/postgres-url.ts";
export { migrate, type MigrateOptions, type Migration } from "./store/postgres/migrate.ts";
export { insertLines } from "./store/postgres/insert-lines.ts";
export type { EventLine } from "./store/postgres/event-rows.ts";
export { PostgresEventStore } from "./store/postgres/postgres-event-store.ts";
export { forwardLedger, type ForwardTarget } from "./outbox/forward-ledger.ts";
export type { Forwarding, ForwardOptions, Tried } from "./outbox/forwarding.ts";
export { updateReplica, type UpdateReplicaOptions } from "./replica/update-replica.ts";
export { heldBackFor } from "./replica/held-back.ts";
export { rollUpSpend, type RollUpSpendOptions, type SpendRollUp } from "./rollups/roll-up-spend.ts";
export { userFolders, type UserFolders } from "./store/file/user-folders.ts";
export { SMALLEST_BOUND } from "./outbox/smallest-bound.ts";
export { forwardStatuses, waitingFor, type ForwardStatus } from "./outbox/forward-status.ts";
export {
  forgetTarget,
  forgottenTargets,
  type ForgetOutcome,
  type ForgetTargetOptions,
  type ForgottenTarget,
} from "./outbox/forget-target.ts";
export type { Gap } from "./outbox/forward-state.ts";
export { describeGap, targetGaps, type TargetGap } from "./outbox/gaps.ts";
export { ownOutboxes, type OwnOutbox, type OwnOutboxesOptions } from "./outbox/own-outboxes.ts";
export { listOutboxes, type OutboxStatus } from "./outbox/list-outboxes.ts";
export { migrateLedger } from "./migrate-ledger.ts";
export {
  pruneSharedLedger,
  type PruneSharedOptions,
  type SharedPruneResult,
} from "./shared-retention/prune-shared-ledger.ts";
