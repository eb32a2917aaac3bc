import { foldAccount, type Account } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventLists } from "../support/arbitraries.ts";
import {
  anUnknownEvent,
  aPlaceholder,
  aPriceSet,
  aRequestCompleted,
  aRequestFailed,
  aRequestStarted,
  aUsage,
  aUsageCorrected,
} from "../support/builders.ts";

function ids(events: readonly { readonly id: string }[]): string[] {
  return events.map(({ id }) => id);
}

describe("an account", () => {
  it("does not depend on the order or repetition of events", () => {
    fc.assert(
      fc.property(
        eventLists.chain((events) =>
          fc.tuple(fc.constant(events), fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 })),
        ),
        ([events, shuffled]) => {
          expect(foldAccount(shuffled)).toEqual(foldAccount(events));
        },
      ),
    );
  });

  it("counts a response once, as its most complete snapshot", () => {
    const complete = aRequestCompleted();
    expect(foldAccount([aPlaceholder(), complete, aPlaceholder()]).responses).toEqual([complete]);
  });

  it("lists every known event in one place, by time and then by id", () => {
    const account = foldAccount([
      aRequestCompleted({ id: "msg:b", occurredAt: "2026-10-01T10:00:00.000Z" }),
      aRequestCompleted({ id: "msg:a", occurredAt: "2026-10-01T10:00:00.000Z" }),
      aRequestCompleted({ id: "msg:c", occurredAt: "2026-10-01T09:00:00.000Z" }),
      aRequestFailed(),
      aPriceSet(),
      aRequestStarted(),
    ]);
    expect(ids(account.responses)).toEqual(["msg:c", "msg:a", "msg:b"]);
    expect(account.failures).toEqual([aRequestFailed()]);
    expect(account.priceSets).toEqual([aPriceSet()]);
    expect(account.others).toEqual([aRequestStarted()]);
  });

  it("names the responses of which final snapshots disagree, and counts the one with more output", () => {
    const more = aRequestCompleted({ usage: aUsage({ output: 11 }) });
    const { responses, conflicts } = foldAccount([more, aRequestCompleted({ usage: aUsage({ output: 10 }) })]);
    expect(responses).toMatchObject([{ usage: more.usage }]);
    expect(conflicts).toEqual(responses);
  });

  it("counts events this release does not know by type and version, each once", () => {
    const newer = { ...aRequestCompleted(), version: 2 } as const;
    const { unknownTypes, responses } = foldAccount([
      anUnknownEvent({ id: "1" }),
      anUnknownEvent({ id: "2" }),
      anUnknownEvent({ id: "2", strength: null }),
      newer,
      aRequestCompleted(),
    ]);
    expect(Object.fromEntries(unknownTypes)).toEqual({ "TeapotBrewed@1": 2, "RequestCompleted@2": 1 });
    expect(responses).toEqual([aRequestCompleted()]);
  });
});

describe("a correction", () => {
  const event = aRequestCompleted({ id: "msg:1" });
  const correction = aUsageCorrected({ id: "correction:1", corrects: "msg:1", occurredAt: "2026-10-02T00:00:00.000Z" });
  const withdrawal = aUsageCorrected({
    id: "correction:2",
    corrects: "correction:1",
    occurredAt: "2026-10-03T00:00:00.000Z",
  });

  function summary({ responses, corrected, others }: Account): unknown {
    return {
      responses: ids(responses),
      corrected: corrected.map((entry) => [entry.event.id, entry.correction.id]),
      others: ids(others),
    };
  }

  it("takes an event out of the responses and keeps it in sight, whichever was recorded first", () => {
    const expected = { responses: [], corrected: [["msg:1", "correction:1"]], others: ["correction:1"] };
    expect(summary(foldAccount([event, correction]))).toEqual(expected);
    expect(summary(foldAccount([correction, event]))).toEqual(expected);
  });

  it("can be corrected by a later one, and then has no effect", () => {
    const expected = { responses: ["msg:1"], corrected: [["correction:1", "correction:2"]], others: ["correction:2"] };
    expect(summary(foldAccount([event, correction, withdrawal]))).toEqual(expected);
    expect(summary(foldAccount([withdrawal, correction, event]))).toEqual(expected);
  });

  it("of an event that is not there changes nothing", () => {
    expect(summary(foldAccount([correction]))).toEqual({ responses: [], corrected: [], others: ["correction:1"] });
  });
});
