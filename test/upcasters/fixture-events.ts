import type { LedgerEvent } from "@farthing/ledger";
import {
  aBatchEnded,
  aBatchResultRecorded,
  aBatchSubmitted,
  aBillReported,
  aCaptureStarted,
  anEventsDropped,
  anOutcomeRecorded,
  anUnknownEvent,
  aPlaceholder,
  aPriceSet,
  aRequestCompleted,
  aRequestFailed,
  aRequestInterrupted,
  aRequestStarted,
  aTokensCounted,
  aUsage,
  aUsageCorrected,
} from "../support/builders.ts";

const tokens = { uncachedInput: 1_000, output: 100 };

const card = {
  model: "claude-internal-canary",
  effectiveFrom: "2026-01-01",
  rates: { uncachedInput: "4", cacheWrite5m: "5", cacheWrite1h: "8", cacheRead: "0.4", output: "20" },
  usGeography: false,
  regionalPremium: false,
  source: "our contract, annex 2",
  checkedOn: "2026-01-01",
};

/**
 * What a fixture of version 1 holds, in the order in which it was appended: every kind of event that the release wrote,
 * and responses that were merged, interrupted, corrected, batched and priced by the user.
 */
export const FIXTURE_EVENTS: readonly LedgerEvent[] = [
  aPriceSet({ card, occurredAt: "2026-01-01T00:00:00.000Z" }),
  aCaptureStarted(),
  aRequestStarted(),
  aRequestCompleted({
    id: "msg:plain",
    usage: aUsage(tokens),
    labels: { team: "search", user: "~0badc0de.AAAAAAAAAAAAAAAAAAAAAA" },
  }),
  aPlaceholder({ id: "msg:merged", servedModel: "claude-haiku-4-5", sources: ["transcript"] }),
  aRequestCompleted({
    id: "msg:merged",
    servedModel: "claude-haiku-4-5",
    usage: aUsage({ uncachedInput: 2_000, output: 200 }),
    sources: ["middleware"],
  }),
  aRequestInterrupted({ id: "msg:interrupted" }),
  aRequestCompleted({ id: "msg:corrected", usage: aUsage(tokens) }),
  aUsageCorrected({ corrects: "msg:corrected" }),
  aRequestCompleted({ id: "batch:msgbatch_1/item-2", usage: aUsage(tokens, { serviceTier: "batch" }) }),
  aRequestCompleted({ id: "msg:canary", servedModel: "claude-internal-canary", usage: aUsage(tokens) }),
  aRequestFailed(),
  aRequestFailed({ id: "req:timeout", cost: "unknown", status: null, errorType: "timeout" }),
  aBatchSubmitted(),
  aBatchEnded(),
  aBatchResultRecorded(),
  aTokensCounted(),
  anEventsDropped(),
  anOutcomeRecorded(),
  aBillReported(),
  anUnknownEvent(),
];
