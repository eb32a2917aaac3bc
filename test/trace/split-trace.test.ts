import { splitTrace, traceFromCalls, traceableCalls, type Trace } from "@farthing/advisor";
import { listPriceBook, parseInstant, type ResponseRecorded } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aConversation } from "../support/conversation.ts";

const BOOK = listPriceBook();
const START = parseInstant("2026-10-10T10:00:00Z");
const tokens = fc.integer({ min: 0, max: 50_000 });

const conversations: fc.Arbitrary<ResponseRecorded[]> = fc
  .array(
    fc.tuple(
      fc.array(fc.record({ gap: fc.nat(2_000), cacheWrite5m: tokens, cacheRead: tokens, uncachedInput: tokens }), {
        maxLength: 12,
      }),
      fc.constantFrom("chat", "search"),
    ),
    { maxLength: 4 },
  )
  .map((all) =>
    all.flatMap(([steps, service], number) => {
      let at = 0;
      return aConversation(
        steps.map(({ gap, ...rest }) => ({ ...rest, at: (at += gap) })),
        { name: `s${String(number)}`, service },
      );
    }),
  );

function plain({ requests, workloads }: Trace): unknown {
  return { requests, workloads: [...workloads] };
}

describe("a split trace", () => {
  it("is what traces of either part alone would be", () => {
    fc.assert(
      fc.property(conversations, fc.nat(8_000), (responses, seconds) => {
        const at = START + seconds * 1000;
        const calls = traceableCalls(responses, () => true);
        const { before, after } = splitTrace(traceFromCalls(calls, BOOK), at);
        const partly = (isWanted: (startedAt: number) => boolean): Trace =>
          traceFromCalls(
            calls.map(({ call }) => ({ call, isWanted: isWanted(call.startedAt) })),
            BOOK,
          );
        expect(plain(before)).toEqual(plain(partly((startedAt) => startedAt < at)));
        expect(plain(after)).toEqual(plain(partly((startedAt) => startedAt >= at)));
      }),
    );
  });
});
