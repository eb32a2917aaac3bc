export {
  ContradictionError,
  InvalidAmountError,
  InvalidEventError,
  InvalidInstantError,
  InvalidKeyError,
  InvalidRateCardError,
  InvalidSettingError,
  InvalidUsageError,
  LedgerChangedError,
  LedgerClosedError,
  LedgerError,
  LedgerFormatError,
  LedgerLockedError,
  LedgerNotFoundError,
  LedgerPrunedError,
  LedgerUnavailableError,
  PeriodClosedError,
} from "./errors.ts";
export { formatInstant, parseInstant, type Instant } from "./instant.ts";
export {
  add,
  compare,
  formatUsd,
  inexactUsd,
  money,
  parseUsd,
  ratio,
  subtract,
  sum,
  times,
  ZERO,
  type Money,
} from "./money/money.ts";
export { allocate, displayUsd, divideHalfEven } from "./money/rounding.ts";
export {
  addTokens,
  NO_TOKENS,
  promptTokens,
  TOKEN_BUCKETS,
  totalTokens,
  type BilledUsage,
  type PricedUsage,
  type TokenBucket,
  type TokenBuckets,
  type Usage,
  type UsageNote,
  type UsagePart,
  type UsagePartKind,
} from "./usage/usage.ts";
export { convertUsage, type ConvertedUsage, type ConvertUsageOptions } from "./usage/convert-usage.ts";
export type { FastMode, PromptTier, RateCard, TokenRates } from "./pricing/rate-card.ts";
export {
  createPriceBook,
  listPriceBook,
  type PriceBook,
  type RateCardLookup,
  type UnpricedReason,
} from "./pricing/price-book.ts";
export {
  rateCardToJson,
  type FastModeJson,
  type PromptTierJson,
  type RateCardJson,
  type TokenRatesJson,
} from "./pricing/rate-card-json.ts";
export { parseRateCard, parseRateCards, type ParseRateCardOptions } from "./pricing/parse-rate-card.ts";
export { contractPrice, shareLeft } from "./pricing/contract.ts";
export { costOf, totalCostOf, WEB_SEARCH, type Cost, type LineItem, type LineItemName } from "./pricing/cost.ts";
export type { Model, ThinkingSupport, TokenizerGeneration } from "./models/model.ts";
export { keepsThinking } from "./models/keeps-thinking.ts";
export { modelById, MODELS } from "./models/model-catalog.ts";
export { matchModel, type ModelMatch } from "./models/match-model.ts";
export { platformOf } from "./models/platform-of.ts";
export type {
  AdviceEvent,
  BatchEnded,
  BatchRequestSubmitted,
  BatchResultRecorded,
  BatchSubmitted,
  BilledResponse,
  BilledTo,
  BillLine,
  BillReport,
  BillReported,
  BillReportKind,
  CallContext,
  CallIds,
  CaptureStarted,
  CaptureStopped,
  ClosedHead,
  ClosedModel,
  ConflictingSnapshot,
  CostReported,
  EventsDropped,
  EventType,
  Finality,
  KnownEvent,
  LedgerEvent,
  MeasuredRatio,
  OutcomeRecorded,
  PeriodClosed,
  PriceSet,
  Provenance,
  RateLimits,
  ReportedModelCost,
  RequestCompleted,
  RequestEstimated,
  RequestFailed,
  RequestInterrupted,
  RequestRecorded,
  RequestStarted,
  ResponseRecorded,
  Timestamp,
  Timing,
  TokensCounted,
  TrialRecorded,
  TrialSide,
  UnknownEvent,
  RolledUpPart,
  UsageCorrected,
  UsageRolledUp,
} from "./events/event.ts";
export type { BoundedRange, EstimatedRange } from "./events/estimated-range.ts";
export type { CacheBreakpoint, RequestShape } from "./events/request-shape.ts";
export type { OmittedBlocks, PromptBlock, PromptFingerprint } from "./events/prompt-fingerprint.ts";
export { cumulativeHash, NO_BLOCKS } from "./events/prompt-nodes.ts";
export {
  START,
  type AppendOutcome,
  type Damage,
  type EventStore,
  type Position,
  type RecordedEvent,
} from "./store/event-store.ts";
export type { LedgerQuestion, RequestsQuestion, SpendQuestion } from "./queries.ts";
export type { EventProjection } from "./projections/event-projection.ts";
export type { SubscribeOptions } from "./store/subscribe.ts";
export type {
  BillingBasis,
  BudgetPeriod,
  BudgetSetting,
  CurrencySetting,
  LedgerSettings,
} from "./settings/settings.ts";
export { BUDGET_PERIODS, DEFAULT_SETTINGS } from "./settings/settings.ts";
export { billingBasisOf, EVERY_SOURCE } from "./settings/billing-basis.ts";
export {
  accountOf,
  evolveAccount,
  foldAccount,
  newAccountState,
  type Account,
  type AccountState,
} from "./projections/account.ts";
export { unreadBatches, unreadBatchesOf, type BatchRecord, type BatchSource } from "./projections/batches.ts";
export type { CorrectedEvent } from "./events/corrections.ts";
export { askView, openView } from "./store/view/open-view.ts";
export type { LedgerView, ReadRowsOptions, ViewFile, ViewOptions } from "./store/view/view.ts";
export type { ChainHead } from "./store/file/frame.ts";
export { buildMissingColumns, type BuildOptions } from "./store/columns/build-missing.ts";
export { describeUrl, isPostgresUrl, openLedger } from "./open-ledger.ts";
export type { Ledger, SettingsHandle } from "./ledger-api.ts";
export type { OpenLedgerOptions, SharedLedger } from "./open-ledger-options.ts";
export { buildRows } from "./rows/build-rows.ts";
export {
  requestOfRow,
  usageOfRow,
  type FailedOfRow,
  type RequestOfRow,
  type ResponseOfRow,
} from "./rows/request-of-row.ts";
export type {
  ContextColumn,
  ContextField,
  RequestDetails,
  RequestRows,
  RowBatch,
  RowContext,
  RowContexts,
  RowDictionary,
  RowTerms,
} from "./rows/request-rows.ts";
export { RowRoom } from "./rows/row-room.ts";
export { billOf, type BillPeriod } from "./bill/bill-of.ts";
export type { Bill, BillCostLine, BillSide, BillSpan, BillUsageLine, StatedAmount } from "./bill/bill.ts";
export { calendarOf, type Calendar } from "./projections/calendar.ts";
export {
  GROUP_KEYS,
  groupValue,
  parseGroupKey,
  workloadOf,
  type GroupKey,
  type RequestContext,
  type RequestEvent,
} from "./projections/group-keys.ts";
export { matches, type Condition, type RequestFilter } from "./projections/filters.ts";
export { rowsOfAccount } from "./projections/row-batches.ts";
export type { RequestTotals, SpendTokens } from "./projections/request-totals.ts";
export {
  querySpend,
  type ReratedRow,
  type SpendQuery,
  type SpendResult,
  type SpendRow,
  type UnpricedRow,
} from "./projections/spend.ts";
export type { SessionAmount } from "./projections/dearest-sessions.ts";
export type { ItemAmount } from "./projections/cell-totals.ts";
export type { DayAmounts } from "./projections/daily-amounts.ts";
export {
  queryTotals,
  type AmountRow,
  type ModelUse,
  type TotalsQuery,
  type TotalsResult,
} from "./projections/totals.ts";
export { queryOutcomes, type OutcomeRow, type OutcomesQuery, type OutcomesResult } from "./projections/outcomes.ts";
export type { OutcomeTotals } from "./projections/outcome-totals.ts";
export { askRows, type FiledRows, type RowFile } from "./projections/ask-rows.ts";
export type { Checkpoints } from "./projections/checkpoints.ts";
export type { RowProjection, RowState } from "./projections/row-projection.ts";
export type { StateParts, StateTable } from "./projections/state-codec.ts";
export type { CostDriverRow, CostDrivers } from "./projections/cost-drivers.ts";
export type { BilledAs } from "./projections/billed-as.ts";
export { CONTEXT_WINDOW_TOKENS, type RecordedUsage } from "./projections/recorded-usage.ts";
export {
  costDriversProjection,
  recordedUsageProjection,
  spendProjection,
  totalsProjection,
} from "./projections/tally-projections.ts";
export { openCheckpoints } from "./store/checkpoints/checkpoint-folder.ts";
export { rowFilter, type RowTest } from "./projections/conditions.ts";
export {
  queryIndependentGroups,
  type GroupTotals,
  type IndependentGroups,
  type IndependentGroupsQuery,
} from "./projections/independent-groups.ts";
export {
  queryRequests,
  type RequestOrder,
  type RequestRow,
  type RequestsQuery,
  type RequestsResult,
} from "./projections/requests.ts";
export { NO_CONTEXT } from "./events/call.ts";
export { eventIdOf, type EventIdentity } from "./events/event-id.ts";
export { isEventOf, isEventType, isKnownEvent, isRequest, isResponse, type EventOf } from "./events/known-event.ts";
export { decodeEvent, encodeEvent } from "./events/codec.ts";
export { encodeChecked, type EncodedEvent } from "./events/encode-checked.ts";
export { eventsDropped, NOTHING_DROPPED, withDropped, type Dropped } from "./events/dropped.ts";
export { canonicalJson } from "./events/canonical.ts";
export { withPriceSets, type BookWithPriceSets, type RejectedPriceSet } from "./projections/price-sets.ts";
export { loadEventJsonSchema, loadParseEvent } from "./events/load-schemas.ts";
export { merge } from "./events/merge.ts";
export { upcast, type Upcaster, type Upcasters } from "./events/upcasters.ts";
export { isLabelToken } from "./events/label-token.ts";
export { formatKey, parseKey, type LedgerKey } from "./privacy/ledger-key.ts";
export { createPseudonymizer, labelToken, type Pseudonymize } from "./privacy/pseudonymize.ts";
export { pruneLedger, type PruneOptions, type PruneResult } from "./retention/prune-ledger.ts";
export { readTrimmed, type Trimmed } from "./retention/read-trimmed.ts";
export { pruneInstantFor, type DiskLimitOptions } from "./retention/disk-limit.ts";
export { openMemoryStore } from "./store/memory.ts";
export { nodeFileSystem, type FileSystem, type OpenFile } from "./store/file/file-system.ts";
export type { RecordLimits } from "./store/file/record-queue.ts";
export { createOnError, type OnErrorOptions } from "./store/file/on-error.ts";
export { nodeHost, nodeProcesses, type Host, type ProcessIdentity, type Processes } from "./store/file/processes.ts";
export { answerTasks } from "./store/file/answer-tasks.ts";
export { nodeThreads, type TaskThread, type Threads } from "./store/file/threads.ts";
export { openDocument, type Document, type DocumentOptions } from "./store/file/document.ts";
export { verifyLedger, type Verification, type VerifyOptions } from "./audit/verify-ledger.ts";
export { repairLedger, type Repair, type RepairOptions, type RepairStep } from "./audit/repair-ledger.ts";
export type { LogSummary } from "./audit/log-summary.ts";
export type { Problem, ProblemKind, Severity } from "./audit/problem.ts";
export {
  RecordingTally,
  type Capture,
  type HostRecording,
  type OriginRecording,
  type Recording,
} from "./audit/recording.ts";
export {
  captureTimes,
  hasOpenCapture,
  isCaptureMark,
  lengthOf,
  type CaptureMark,
  type CaptureTimes,
  type LastRequestAt,
  type Span,
} from "./audit/captures.ts";
export { lastRequestsProjection, type LastRequests } from "./projections/last-requests.ts";
export { listLocks, type LockFile } from "./audit/locks.ts";
export { loadClosing } from "./closing/load-closing.ts";
export type * from "./closing/load-closing.ts";
export { closingOf, closingsIn, closingsWithin, spanOf, type ClosedSpan } from "./closing/closings.ts";
export type { OpenItems } from "./closing/open-items.ts";
export type { HeadDifference, HeadOutcome, HeadVerification } from "./closing/verify-head.ts";
