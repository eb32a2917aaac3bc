export type { Applied, Backtest, ChangeComparison, Comparison, Shortfall } from "./backtest/backtest.ts";
export { runBacktest, type BacktestContext } from "./backtest/run-backtest.ts";
export { BATCH_HIT_SHARE, LIFETIME_MS, LOOK_BACK_BLOCKS, type CacheLifetime } from "./cache/cache-rules.ts";
export { cacheScope } from "./cache/cache-scope.ts";
export { EveryBlockCache } from "./cache/every-block-cache.ts";
export { PromptCache, type PromptRequest } from "./cache/prompt-cache.ts";
export { type Breakpoint, type PromptBill, type PromptBlocks } from "./cache/prompt-blocks.ts";
export { RecordedCache, type CacheOutcome, type CacheRequest } from "./cache/recorded-cache.ts";
export { budgetSpan } from "./budget/budget-span.ts";
export { forecastSpend, type Forecast, type NoForecast } from "./budget/forecast.ts";
export { CAUSES, type Cause, type Part } from "./compare/causes.ts";
export { compareCosts, type CostComparison, type GroupComparison } from "./compare/compare-costs.ts";
export type { GroupFacts } from "./compare/group-facts.ts";
export { shapleyParts } from "./compare/shapley.ts";
export { summaryOf } from "./compare/summary.ts";
export { EXAMPLE_NOW, exampleEvents, type ExampleOptions } from "./example/example-ledger.ts";
export type { Calibration, Followed, FollowUp, Quiet, Result } from "./follow-up/follow-up.ts";
export type { Advice, AdviceContext, Recommendation } from "./portfolio/advice.ts";
export { advise } from "./portfolio/advise.ts";
export { savingRange, type SavingEvidence, type SavingRange } from "./portfolio/saving-range.ts";
export { granularityOf } from "./reconcile/cells.ts";
export { RECORDED_BY } from "./reconcile/recorded-side.ts";
export type { Evidence } from "./reconcile/evidence.ts";
export {
  RESIDUAL_CLASSES,
  type Reconciliation,
  type ResidualCause,
  type ResidualClass,
  type ResidualPart,
} from "./reconcile/reconciliation.ts";
export { reconcile } from "./reconcile/reconcile.ts";
export { rowEvidence } from "./reconcile/row-evidence.ts";
export { replayGap, reproducesBill, type ReplayGap } from "./replay/baseline.ts";
export { replaySubject, type ReplaySubject } from "./replay/replay-subject.ts";
export { SharedPrefixes } from "./replay/shared-prefixes.ts";
export { replay, type Replayable, type ReplayResult } from "./replay/replay.ts";
export { buildReport, type ReportInput } from "./report/build-report.ts";
export type { ReportQuestion } from "./report/question.ts";
export { renderMarkdown } from "./report/render-markdown.ts";
export { renderText, type TextOptions } from "./report/render-text.ts";
export { reportToJson } from "./report/report-json.ts";
export type {
  AdviceBasis,
  Billing,
  Coverage,
  DatedAbstention,
  Due,
  Finding,
  Period,
  Report,
  Total,
  WhereItWent,
} from "./report/report.ts";
export type { RecordedService } from "./report/recorded-hours.ts";
export type { CachePoint, CacheTimeline } from "./report/cache-timelines.ts";
export type { SpendOverTime, SpendPoint } from "./report/spend-over-time.ts";
export type { ResentSlice } from "./report/resent.ts";
export type { Slice } from "./report/totals.ts";
export { duplicateRequests } from "./strategies/duplicate-requests.ts";
export { maxTokens } from "./strategies/max-tokens.ts";
export { premiumGeo } from "./strategies/premium-geo.ts";
export { premiumSpeed } from "./strategies/premium-speed.ts";
export {
  asBilledBut,
  type AdvisedChange,
  type OldWay,
  type Recognition,
  type Unrecognised,
} from "./strategies/recognition.ts";
export { retriedWork } from "./strategies/retried-work.ts";
export { serverTools } from "./strategies/server-tools.ts";
export { STRATEGIES } from "./strategies/registry.ts";
export {
  EFFORTS,
  isPlan,
  RISKS,
  type Abstention,
  type Effort,
  type Growth,
  type Lever,
  type Plan,
  type PlanFacts,
  type PlanLimits,
  type PlanOutcome,
  type Risk,
  type Situation,
  type Strategy,
} from "./strategies/strategy.ts";
export { materiality, REPLAY_GAP_LIMIT } from "./thresholds.ts";
export type { BlockPrompt, CounterfactualPrompt, RecordedPrompt } from "./trace/counterfactual-prompt.ts";
export {
  asRecorded,
  type CounterfactualRequest,
  type PromptKnowledge,
  type RewriteContext,
  type Rewriter,
  type Scenario,
} from "./trace/counterfactual-request.ts";
export { traceableCalls, traceFromCalls, traceFromResponses, type AskedCall } from "./trace/from-account.ts";
export { isTrialCall, TRIAL_LABEL } from "./trace/is-trial-call.ts";
export { callOfEvent, type RecordedCall } from "./trace/recorded-call.ts";
export { newestResponses, type NewestResponses, type RowSource } from "./trace/newest-responses.ts";
export { PrefixTable } from "./trace/prefix-table.ts";
export { splitTrace, type SplitTrace } from "./trace/split-trace.ts";
export type { TracePrompt } from "./trace/read-prompts.ts";
export type { BilledCost, MissCause, PrefixEvidence, Trace, TraceRequest } from "./trace/trace.ts";
export { EXACT, jsonFields, userFunction, type Agreement, type UserJudge, type Verdict } from "./trial/agreement.ts";
export { answerOfContent, answerOfSample, type ComparedAnswer } from "./trial/answer.ts";
export { candidateParams, type CandidateParams, type ParamsChange } from "./trial/candidate-params.ts";
export { ratioRange, type BeforeAndAfter } from "./trial/ratio-range.ts";
export { requestBound, type BoundTerms, type RequestBound, type UnboundedReason } from "./trial/request-bound.ts";
export {
  runTrial,
  type RunOutcome,
  type Sent,
  type SideOutcome,
  type TrialOutcomes,
  type TrialPorts,
} from "./trial/run-trial.ts";
export type { RecordedAnswer, RequestParams, Sample } from "./trial/sample.ts";
export type { CountPrompt, NotSentReason } from "./trial/trial-calls.ts";
export { trialEvent, type TrialSubject } from "./trial/trial-event.ts";
export type { TrialLimits, TrialPlan } from "./trial/trial-plan.ts";
export { trialResult, type SideResult, type TrialResult } from "./trial/trial-result.ts";
export { wilsonInterval } from "./trial/wilson-interval.ts";
