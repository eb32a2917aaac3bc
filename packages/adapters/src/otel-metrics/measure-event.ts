import {
  costOf,
  isEventOf,
  isResponse,
  platformOf,
  promptTokens,
  TOKEN_BUCKETS,
  totalTokens,
  type LedgerEvent,
  type PriceBook,
  type RequestFailed,
  type ResponseRecorded,
} from "@farthing/ledger";
import { AttributeSet } from "./attribute-set.ts";
import { BoundedValues } from "./bounded-values.ts";
import type { Instruments } from "./instruments.ts";
import { ATTRIBUTES, CHAT, LABEL_PREFIX, PROVIDERS } from "./names.ts";

/** How events become measurements. */
export interface Measuring {
  readonly instruments: Instruments;
  readonly book: PriceBook;
  /** Labels that become attributes. */
  readonly labels: readonly string[];
  readonly values: BoundedValues;
  /** What all measurements share. */
  readonly all: AttributeSet;
}

export function newMeasuring(known: Omit<Measuring, "values" | "all">): Measuring {
  return { ...known, values: new BoundedValues(), all: new AttributeSet({ [ATTRIBUTES.operation]: CHAT }) };
}

/** Whether an event is a request that measurements are made of. */
export function isMeasured(event: LedgerEvent): event is ResponseRecorded | RequestFailed {
  return isResponse(event) || isEventOf(event, "RequestFailed");
}

/** Measures a request. Throws what instruments throw. */
export function measureRequest(event: ResponseRecorded | RequestFailed, measuring: Measuring): void {
  if (isResponse(event)) measureResponse(event, measuring);
  else measureFailure(event, measuring);
}

function measureResponse(event: ResponseRecorded, measuring: Measuring): void {
  const { instruments, book, values } = measuring;
  const { usage, servedModel } = event;
  const set = attributesOf(event, servedModel, measuring)
    .with(ATTRIBUTES.responseModel, values.of(ATTRIBUTES.responseModel, servedModel))
    .with(ATTRIBUTES.tier, values.of(ATTRIBUTES.tier, usage.serviceTier));
  // Otherwise somebody else is billed for it, or nobody.
  if (event.billedTo === "self") {
    const tokens = totalTokens(usage);
    for (const bucket of TOKEN_BUCKETS) {
      if (tokens[bucket] > 0) instruments.tokens.add(BigInt(tokens[bucket]), set.with(ATTRIBUTES.bucket, bucket));
    }
    const { total, reason } = costOf(usage, servedModel, Date.parse(event.occurredAt), book);
    if (total === null) instruments.unpriced.add(1n, set.with(ATTRIBUTES.reason, reason));
    else instruments.cost.add(total, set.with(ATTRIBUTES.output, event.output));
    instruments.tokenUsage(promptTokens(tokens), set.with(ATTRIBUTES.tokenType, "input"));
    instruments.tokenUsage(tokens.output, set.with(ATTRIBUTES.tokenType, "output"));
  }
  measureDuration(event, set, instruments);
}

function measureFailure(event: RequestFailed, measuring: Measuring): void {
  const { instruments, values } = measuring;
  const set = attributesOf(event, null, measuring).with(
    ATTRIBUTES.errorType,
    values.of(ATTRIBUTES.errorType, event.errorType),
  );
  if (event.cost === "unknown") instruments.unanswered.add(1n, set);
  measureDuration(event, set, instruments);
}

/** None where it was not reported when the request was sent; results of batches lie ready for whoever asks. */
function measureDuration(
  { timing, occurredAt, ids }: ResponseRecorded | RequestFailed,
  set: AttributeSet,
  instruments: Instruments,
): void {
  if (timing.startedAt === null || timing.startedAtProvenance !== "reported" || ids.batch !== null) return;
  const milliseconds = Date.parse(occurredAt) - Date.parse(timing.startedAt);
  if (milliseconds >= 0) instruments.duration(milliseconds / 1_000, set);
}

function attributesOf(
  { requestedModel, context, labels: own }: ResponseRecorded | RequestFailed,
  servedModel: string | null,
  { labels, values, all }: Measuring,
): AttributeSet {
  let set = all
    .with(ATTRIBUTES.provider, PROVIDERS[platformOf({ requestedModel, servedModel })])
    .with(ATTRIBUTES.requestModel, values.of(ATTRIBUTES.requestModel, requestedModel))
    .with(ATTRIBUTES.service, values.of(ATTRIBUTES.service, context.service));
  for (const name of labels) {
    const value = Object.hasOwn(own, name) ? (own[name] ?? null) : null;
    set = set.with(LABEL_PREFIX + name, values.of(LABEL_PREFIX + name, value));
  }
  return set;
}
