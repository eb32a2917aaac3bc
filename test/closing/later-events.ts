import type { LedgerEvent } from "@farthing/ledger";
import fc from "fast-check";
import { aPlaceholder, aPriceSet, aRequestCompleted, aUsage, aUsageCorrected } from "../support/builders.ts";

/** What can be recorded after October was closed: of new and of known responses, of this month and of others. */
export const laterEvent: fc.Arbitrary<LedgerEvent> = fc.oneof(
  fc
    .record({
      id: fc.constantFrom("msg:october-1", "msg:october-2", "msg:october-3", "msg:a", "msg:b"),
      day: fc.integer({ min: 1, max: 9 }),
      month: fc.constantFrom("09", "10", "11"),
      output: fc.integer({ min: 0, max: 300 }),
      servedModel: fc.constantFrom("claude-opus-5", "claude-haiku-4-5", "claude-haiku-9"),
      sources: fc.constantFrom(["sdk"], ["import"]),
      batch: fc.constantFrom(null, "msgbatch_1"),
      isFinal: fc.boolean(),
      service: fc.constantFrom(null, "shop"),
      requestedModel: fc.constantFrom("claude-opus-5", "us.anthropic.claude-opus-5-v1:0"),
    })
    .map(({ id, day, month, output, isFinal, batch, service, ...rest }) => {
      const build = isFinal ? aRequestCompleted : aPlaceholder;
      const occurredAt = `2026-${month}-0${String(day)}T10:00:00.000Z`;
      return build({ ...rest, id, occurredAt, usage: aUsage({ output }), ids: { batch }, context: { service } });
    }),
  fc
    .record({
      number: fc.integer({ min: 1, max: 3 }),
      corrects: fc.constantFrom("msg:october-1", "msg:october-4", "msg:a", "correction:1", "correction:2"),
    })
    .map(({ number, corrects }) =>
      aUsageCorrected({
        id: `correction:${String(number)}`,
        corrects,
        occurredAt: `2026-11-0${String(number + 1)}T10:00:00.000Z`,
        reason: `reason ${String(number)}`,
      }),
    ),
  fc.constant(
    aPriceSet({
      occurredAt: "2026-11-05T10:00:00.000Z",
      card: {
        model: "claude-haiku-9",
        effectiveFrom: "2026-01-01",
        rates: { uncachedInput: "4", cacheWrite5m: "5", cacheWrite1h: "8", cacheRead: "0.4", output: "20" },
        usGeography: false,
        regionalPremium: false,
        source: "our contract, annex 2",
        checkedOn: "2026-01-01",
      },
    }),
  ),
);
