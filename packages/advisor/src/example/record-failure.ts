import { eventIdOf, formatInstant, type CallContext, type Instant, type RequestFailed } from "@farthing/ledger";
import type { ExampleCall } from "./example-traffic.ts";
import type { Random } from "./random.ts";
import { EXAMPLE_SOURCES } from "./record-call.ts";

/** How an attempt failed that came before the one that was answered. */
export type FailureKind = "rate-limited" | "overloaded" | "timed-out";

const KINDS = {
  "rate-limited": { status: 429, errorType: "rate_limit_error", cost: "free", lastedMs: 90 },
  overloaded: { status: 529, errorType: "overloaded_error", cost: "free", lastedMs: 350 },
  "timed-out": { status: null, errorType: "timeout", cost: "unknown", lastedMs: 10 * 60 * 1000 },
} as const satisfies Record<FailureKind, unknown>;

/** The failed attempt before a call, never before `earliest`. */
export function recordFailure(
  call: ExampleCall,
  kind: FailureKind,
  identity: { readonly number: string; readonly context: CallContext; readonly earliest: Instant },
  random: Random,
): RequestFailed {
  const { status, errorType, cost, lastedMs } = KINDS[kind];
  const failedAt = Math.max(identity.earliest, call.request.startedAt - random.between(400, 2_000));
  const startedAt = Math.max(identity.earliest, failedAt - lastedMs);
  const request = status === null ? null : `req_example_${identity.number}_0`;
  return {
    type: "RequestFailed",
    version: 1,
    id: eventIdOf({ request }, () => uuidV7(failedAt, random)),
    occurredAt: formatInstant(failedAt),
    sources: EXAMPLE_SOURCES,
    ids: { message: null, request, workspace: null, batch: null, custom: null, previousMessage: null },
    requestedModel: call.request.model,
    cost,
    status,
    errorType,
    attempt: 0,
    timing: {
      startedAt: formatInstant(startedAt),
      startedAtProvenance: "reported",
      occurredAtProvenance: "reported",
      firstTokenAt: null,
    },
    context: identity.context,
    labels: {},
  };
}

/** A UUID of version 7 (RFC 9562) from given randomness. */
function uuidV7(at: Instant, random: Random): string {
  const time = hex(at, 12);
  const variant = hex(random.between(0x8000, 0xbfff), 4);
  const node = `${hex(random.between(0, 0xff_ffff), 6)}${hex(random.between(0, 0xff_ffff), 6)}`;
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(random.between(0, 0xfff), 3)}-${variant}-${node}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
