export { attach, detach, ledgerMiddleware, type Attachable } from "./attach.ts";
export { label } from "../capture/label.ts";
export type { LedgerMiddleware, MiddlewareContext, MiddlewareRequest } from "../capture/client-middleware.ts";
export { ledgerFetch, type Fetch, type LedgerFetchOptions } from "./ledger-fetch.ts";
export { withLabels, type Labels } from "../capture/labels.ts";
export type { CaptureOptions, Environment } from "../capture/capture-options.ts";
export type { EventSink } from "../capture/event-sink.ts";
export { estimate, type CountingClient, type Estimate, type EstimateOptions } from "../estimates/index.ts";
export { outcome, type OutcomeOptions } from "../outcomes/index.ts";
