import type {
  BatchEnded,
  BatchResultRecorded,
  BatchSubmitted,
  BillReported,
  CallContext,
  CallIds,
  CaptureStarted,
  EventsDropped,
  OutcomeRecorded,
  PriceSet,
  RequestCompleted,
  RequestFailed,
  RequestInterrupted,
  RequestShape,
  RequestStarted,
  Timing,
  TokenBuckets,
  TokensCounted,
  UnknownEvent,
  Usage,
  UsageCorrected,
} from "@farthing/ledger";
import { override, type DeepPartial } from "./override.ts";

export type { DeepPartial } from "./override.ts";

export const NO_CONTEXT: CallContext = {
  session: null,
  project: null,
  agent: null,
  gitBranch: null,
  clientVersion: null,
  service: null,
  release: null,
  host: null,
  environment: null,
  callSite: null,
};

export const NO_IDS: CallIds = {
  message: null,
  request: null,
  workspace: null,
  batch: null,
  custom: null,
  previousMessage: null,
};

export const NO_SHAPE: RequestShape = {
  maxTokens: null,
  thinking: null,
  thinkingBudgetTokens: null,
  effort: null,
  stream: null,
  toolCount: null,
  cacheBreakpoints: null,
  temperature: null,
};

const REPORTED_TIMING: Timing = {
  startedAt: "2026-10-01T09:59:58.000Z",
  startedAtProvenance: "reported",
  occurredAtProvenance: "reported",
  firstTokenAt: null,
};

/** Usage of one part with these tokens, zero where not given; `raw` says the same in the API's words. */
export function aUsage(tokens: Partial<TokenBuckets> = {}, rest: Partial<Omit<Usage, "parts">> = {}): Usage {
  const buckets: TokenBuckets = {
    uncachedInput: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    cacheRead: 0,
    output: 0,
    ...tokens,
  };
  return {
    parts: [{ kind: "response", iteration: null, model: null, tokens: buckets }],
    thinkingTokens: null,
    webSearchRequests: 0,
    webFetchRequests: 0,
    serviceTier: "standard",
    inferenceGeo: null,
    speed: null,
    notes: [],
    raw: {
      input_tokens: buckets.uncachedInput,
      cache_creation_input_tokens: buckets.cacheWrite5m + buckets.cacheWrite1h,
      cache_creation: {
        ephemeral_5m_input_tokens: buckets.cacheWrite5m,
        ephemeral_1h_input_tokens: buckets.cacheWrite1h,
      },
      cache_read_input_tokens: buckets.cacheRead,
      output_tokens: buckets.output,
      service_tier: "standard",
    },
    ...rest,
  };
}

/** A complete response of 100 uncached prompt tokens and 10 output tokens. */
export function aRequestCompleted(overrides: DeepPartial<RequestCompleted> = {}): RequestCompleted {
  return override<RequestCompleted>(
    {
      type: "RequestCompleted",
      version: 1,
      id: "msg:msg_1",
      occurredAt: "2026-10-01T10:00:00.000Z",
      sources: ["test"],
      finality: "complete",
      requestedModel: "claude-opus-5",
      servedModel: "claude-opus-5",
      usage: aUsage({ uncachedInput: 100, output: 10 }),
      stopReason: "end_turn",
      billedTo: "self",
      output: "final",
      ids: { ...NO_IDS, message: "msg_1" },
      timing: REPORTED_TIMING,
      attempt: null,
      request: null,
      context: NO_CONTEXT,
      labels: {},
      cacheMissReason: null,
      conflicts: [],
    },
    overrides,
  );
}

/** A response whose stream ended after 100 prompt tokens and at least 3 output tokens. */
export function aRequestInterrupted(overrides: DeepPartial<RequestInterrupted> = {}): RequestInterrupted {
  return override<RequestInterrupted>(
    {
      type: "RequestInterrupted",
      version: 1,
      id: "msg:msg_1",
      occurredAt: "2026-10-01T10:00:00.000Z",
      sources: ["test"],
      finality: "interrupted",
      requestedModel: "claude-opus-5",
      servedModel: "claude-opus-5",
      usage: aUsage({ uncachedInput: 100, output: 3 }),
      stopReason: null,
      billedTo: "self",
      output: "lower-bound",
      observedCharacters: null,
      ids: { ...NO_IDS, message: "msg_1" },
      timing: REPORTED_TIMING,
      attempt: null,
      request: null,
      context: NO_CONTEXT,
      labels: {},
      cacheMissReason: null,
      conflicts: [],
    },
    overrides,
  );
}

/** The first line of a streamed response: exact prompt, one placeholder output token. */
export function aPlaceholder(overrides: DeepPartial<RequestCompleted> = {}): RequestCompleted {
  return override<RequestCompleted>(
    aRequestCompleted({
      finality: "placeholder",
      usage: aUsage({ uncachedInput: 100, output: 1 }),
      stopReason: null,
      output: "lower-bound",
    }),
    overrides,
  );
}

export function aRequestFailed(overrides: DeepPartial<RequestFailed> = {}): RequestFailed {
  return override<RequestFailed>(
    {
      type: "RequestFailed",
      version: 1,
      id: "req:req_failed",
      occurredAt: "2026-10-01T10:00:00.000Z",
      sources: ["test"],
      ids: { ...NO_IDS, request: "req_failed" },
      requestedModel: "claude-opus-5",
      cost: "free",
      status: 529,
      errorType: "overloaded_error",
      attempt: 0,
      timing: REPORTED_TIMING,
      context: NO_CONTEXT,
      labels: {},
    },
    overrides,
  );
}

export function aRequestStarted(overrides: DeepPartial<RequestStarted> = {}): RequestStarted {
  return override<RequestStarted>(
    {
      type: "RequestStarted",
      version: 1,
      id: "started:1",
      occurredAt: "2026-10-01T09:59:58.000Z",
      sources: ["test"],
      requestedModel: "claude-opus-5",
      context: NO_CONTEXT,
      labels: {},
    },
    overrides,
  );
}

export function aBatchSubmitted(overrides: DeepPartial<BatchSubmitted> = {}): BatchSubmitted {
  return override<BatchSubmitted>(
    {
      type: "BatchSubmitted",
      version: 1,
      id: "batch-submitted:msgbatch_1",
      occurredAt: "2026-10-01T10:00:00.000Z",
      sources: ["test"],
      batch: "msgbatch_1",
      requestCount: 3,
      expiresAt: "2026-10-02T10:00:00.000Z",
      context: NO_CONTEXT,
      labels: {},
    },
    overrides,
  );
}

export function aBatchEnded(overrides: DeepPartial<BatchEnded> = {}): BatchEnded {
  return override<BatchEnded>(
    {
      type: "BatchEnded",
      version: 1,
      id: "batch-ended:msgbatch_1",
      occurredAt: "2026-10-01T11:00:00.000Z",
      sources: ["test"],
      batch: "msgbatch_1",
      succeeded: 2,
      errored: 1,
      canceled: 0,
      expired: 0,
    },
    overrides,
  );
}

export function aBatchResultRecorded(overrides: DeepPartial<BatchResultRecorded> = {}): BatchResultRecorded {
  return override<BatchResultRecorded>(
    {
      type: "BatchResultRecorded",
      version: 1,
      id: "batch:msgbatch_1/item-1",
      occurredAt: "2026-10-01T11:00:00.000Z",
      sources: ["test"],
      batch: "msgbatch_1",
      custom: "item-1",
      result: "errored",
      errorType: "invalid_request_error",
    },
    overrides,
  );
}

export function aTokensCounted(overrides: DeepPartial<TokensCounted> = {}): TokensCounted {
  return override<TokensCounted>(
    {
      type: "TokensCounted",
      version: 1,
      id: "req:req_counted",
      occurredAt: "2026-10-01T10:00:00.000Z",
      sources: ["test"],
      model: "claude-opus-5",
      promptTokens: 1_234,
      context: NO_CONTEXT,
      labels: {},
    },
    overrides,
  );
}

export function aCaptureStarted(overrides: DeepPartial<CaptureStarted> = {}): CaptureStarted {
  return override<CaptureStarted>(
    {
      type: "CaptureStarted",
      version: 1,
      id: "capture-started:1",
      occurredAt: "2026-10-01T09:00:00.000Z",
      sources: ["test"],
      context: { ...NO_CONTEXT, service: "rag-answers", host: "host-1" },
    },
    overrides,
  );
}

export function anEventsDropped(overrides: DeepPartial<EventsDropped> = {}): EventsDropped {
  return override<EventsDropped>(
    {
      type: "EventsDropped",
      version: 1,
      id: "dropped:1",
      occurredAt: "2026-10-01T10:00:00.000Z",
      sources: ["test"],
      count: 2,
      tokens: { uncachedInput: 200, cacheWrite5m: 0, cacheWrite1h: 0, cacheRead: 0, output: 20 },
      context: NO_CONTEXT,
    },
    overrides,
  );
}

export function aUsageCorrected(overrides: DeepPartial<UsageCorrected> = {}): UsageCorrected {
  return override<UsageCorrected>(
    {
      type: "UsageCorrected",
      version: 1,
      id: "correction:1",
      occurredAt: "2026-10-02T10:00:00.000Z",
      sources: ["test"],
      corrects: "msg:msg_1",
      reason: "recorded by a load test",
    },
    overrides,
  );
}

export function aPriceSet(overrides: DeepPartial<PriceSet> = {}): PriceSet {
  return override<PriceSet>(
    {
      type: "PriceSet",
      version: 1,
      id: "price:1",
      occurredAt: "2026-10-01T10:00:00.000Z",
      sources: ["test"],
      card: {},
    },
    overrides,
  );
}

export function anOutcomeRecorded(overrides: DeepPartial<OutcomeRecorded> = {}): OutcomeRecorded {
  return override<OutcomeRecorded>(
    {
      type: "OutcomeRecorded",
      version: 1,
      id: "outcome:1",
      occurredAt: "2026-10-01T10:05:00.000Z",
      sources: ["test"],
      labels: { ticket: "42" },
      ok: true,
    },
    overrides,
  );
}

export function aBillReported(overrides: DeepPartial<BillReported> = {}): BillReported {
  return override<BillReported>(
    {
      type: "BillReported",
      version: 1,
      id: "bill:2026-09",
      occurredAt: "2026-10-03T00:00:00.000Z",
      sources: ["test"],
      from: "2026-09-01T00:00:00.000Z",
      until: "2026-10-01T00:00:00.000Z",
      usd: "12.5",
      dimensions: {},
      raw: null,
    },
    overrides,
  );
}

/** An event of a release that does not exist yet. */
export function anUnknownEvent(overrides: DeepPartial<UnknownEvent> = {}): UnknownEvent {
  return override<UnknownEvent>(
    {
      type: "TeapotBrewed",
      version: 1,
      id: "teapot:1",
      occurredAt: "2026-10-01T10:00:00.000Z",
      strength: { cups: 2 },
    },
    overrides,
  );
}
