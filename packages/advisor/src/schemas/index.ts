export {
  billImportSchema,
  billSetSchema,
  type BillImportDocument,
  type BillProblemDocument,
  type BillSetDocument,
  type BillTokens,
} from "./bill.ts";
export {
  adviceSchema,
  decisionsSchema,
  type AdviceDocument,
  type DecisionRow,
  type DecisionsDocument,
} from "./advice.ts";
export {
  budgetsSchema,
  budgetStatusSchema,
  type BudgetCondition,
  type BudgetsDocument,
  type BudgetStatusDocument,
  type SetBudget,
  type StandingBudget,
} from "./budget.ts";
export { checkSchema, type CheckDocument, type CheckedRegression, type CheckedResult } from "./check.ts";
export { closeSchema, type CloseDocument, type OpenBatch } from "./close.ts";
export type { AdjustmentRow, ClosingJson } from "./closing.ts";
export {
  compareSchema,
  type CompareDocument,
  type ComparedFacts,
  type ComparedGroup,
  type ComparedSide,
  type DifferencePart,
} from "./compare.ts";
export {
  backtestSchema,
  type BacktestChange,
  type BacktestDocument,
  type BacktestPart,
  type BacktestShortfall,
  type BacktestStrategy,
  type BacktestWorkload,
} from "./backtest.ts";
export { DOCUMENTS, type DocumentSchema } from "./documents.ts";
export {
  reconcileSchema,
  type ReconcileDocument,
  type ReconciledRowDocument,
  type ResidualPartDocument,
} from "./reconcile.ts";
export { explanationSchema, type ExplanationDocument } from "./explanation.ts";
export {
  doctorSchema,
  type DoctorCapture,
  type DoctorCheck,
  type DoctorDocument,
  type DoctorBatch,
  type DoctorOrigin,
  type DoctorTranscripts,
} from "./doctor.ts";
export {
  recordsImportSchema,
  type RecordsImportDocument,
  type StatedByModelDocument,
  type UnclearCode,
  type UnclearRecordDocument,
  type UnclearRecords,
} from "./import-records.ts";
export {
  agentSdkImportSchema,
  claudeCodeImportSchema,
  eventsImportSchema,
  type AgentSdkImportDocument,
  type ClaudeCodeImportDocument,
  type EventsImportDocument,
  type ImportOutcomes,
  type PendingLineDocument,
  type ReportedDifferenceDocument,
  type SkipCode,
  type SkippedLineDocument,
  type SkippedLines,
  type TranscriptFiles,
  type UnknownModelsDocument,
} from "./import-report.ts";
export type {
  CalibrationRow,
  DismissedAdviceRow,
  FollowedAdvice,
  FollowUpRow,
  RealisedResult,
  ReturnedRow,
} from "./follow-up.ts";
export { jsonSchemas, type JsonSchema } from "./json-schemas.ts";
export { priceSchema, type PriceDocument, type PriceErrorDocument, type PriceLine } from "./price.ts";
export { pricesSchema, type ListedPrice, type PricesDocument } from "./prices.ts";
export type { AttachFirstRow, BilledRow, BilledServicesRow, CeilingRow, ReportBillRow } from "./report-bill.ts";
export type { OutcomeFigures, OutcomeRowDocument, ReportOutcomes } from "./report-outcomes.ts";
export type { ReportBilling, ReportCoverage, ReportPeriod, ReportService, ReportTotal } from "./report-period.ts";
export type {
  CacheTimelineRow,
  JointSaving,
  NumberedRecommendation,
  RecommendationRow,
  ReplayGapRow,
} from "./report-savings.ts";
export type { ItemCost, NamedCost, ReportWhere, ResentCost, SpendOverTimeRow, SpendPointRow } from "./report-where.ts";
export {
  reportSchema,
  type AbstentionRow,
  type BatchResultsExpireRow,
  type DueRow,
  type FindingRow,
  type ModelRetiresRow,
  type ReportDocument,
} from "./report.ts";
export {
  requestLineSchema,
  requestsSchema,
  type RequestLineDocument,
  type RequestRowDocument,
  type RequestsDocument,
} from "./requests.ts";
export { settingsSchema, type SettingsDocument } from "./settings.ts";
export {
  spendSchema,
  type SpendDocument,
  type SpendGroup,
  type SpendPeriod,
  type SpendTotal,
  type SpendTotals,
} from "./spend.ts";
export {
  trialDryRunSchema,
  trialSchema,
  type TrialAgreementDocument,
  type TrialDocument,
  type TrialDryRunDocument,
  type TrialSideDocument,
} from "./trial.ts";
export { pruneSchema, type PruneDocument } from "./prune.ts";
export {
  forwardSchema,
  migrateSchema,
  type ForwardDocument,
  type ForwardingStatus,
  type HostStatus,
  type MigrateDocument,
} from "./shared-ledger.ts";
export { rollupSchema, type RollupDocument } from "./rollup.ts";
export type { UsdRange } from "./usd-range.ts";
export { verifySchema, type VerifiedHead, type VerifiedLog, type VerifyDocument } from "./verify.ts";
