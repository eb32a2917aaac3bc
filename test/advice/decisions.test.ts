import { decodeEvent, encodeEvent, type KnownEvent } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decisionsOf, eventOfDecision } from "../../packages/advisor/src/follow-up/decision-events.ts";
import { faultOf } from "../../packages/ledger/src/events/event-fault.ts";
import { parseEvent } from "../../packages/ledger/src/events/schema.ts";
import type { Decision } from "../../packages/advisor/src/follow-up/decision.ts";
import { aBefore, aDismissal, anAcceptance, aRange, aSaid, at } from "./decided.ts";

const decisions: fc.Arbitrary<Decision> = fc
  .record({
    advice: fc.constantFrom("a1", "b2"),
    day: fc.integer({ min: 11, max: 14 }),
    title: fc.constantFrom("one", "two", "<script>\n\u2028"),
    accepts: fc.boolean(),
    before: fc.constantFrom(null, aBefore(), aBefore({ promptError: null, answerError: 0.125 })),
  })
  .map(({ advice, day, title, accepts, before }) => {
    const decided = { advice, at: at(`2026-10-${String(day)}`), said: aSaid({ title, before }) };
    return accepts ? anAcceptance(decided) : aDismissal({ ...decided, reason: `because of ${title}` });
  });

function inForce(events: readonly KnownEvent[]): readonly Decision[] {
  const found = decisionsOf(events);
  expect(found.rejected).toEqual([]);
  return [...found.inForce.values()].sort((a, b) => (a.advice < b.advice ? -1 : 1));
}

describe("a decision", () => {
  it("is the same after it was an event, and a line of a ledger", () => {
    fc.assert(
      fc.property(decisions, (decision) => {
        const event = eventOfDecision(decision);
        expect(decodeEvent(encodeEvent(event))).toEqual(event);
        expect(parseEvent(JSON.parse(encodeEvent(event)))).toEqual(event);
        expect(faultOf(event)).toBeNull();
        expect(inForce([event])).toEqual([decision]);
      }),
    );
  });

  it("has an id of its own, and the same one wherever it is made", () => {
    fc.assert(
      fc.property(decisions, decisions, (one, other) => {
        const isSame = encodeEvent(eventOfDecision(one)) === encodeEvent(eventOfDecision(other));
        expect(eventOfDecision(one).id === eventOfDecision(other).id).toBe(isSame);
      }),
    );
  });
});

describe("decisions", () => {
  it("come to the same in any order, and however often they are seen", () => {
    fc.assert(
      fc.property(
        fc
          .array(decisions, { maxLength: 8 })
          .chain((all) =>
            fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
          ),
        ([all, again]) => {
          expect(inForce(again.map(eventOfDecision))).toEqual(inForce(all.map(eventOfDecision)));
        },
      ),
    );
  });

  it("count by the last one on each piece of advice", () => {
    const accepted = anAcceptance({ at: at("2026-10-11") });
    const dismissed = aDismissal({ at: at("2026-10-12") });
    const other = anAcceptance({ advice: "b2", at: at("2026-10-10") });
    expect(inForce([accepted, dismissed, other].map(eventOfDecision))).toEqual([
      { ...dismissed, after: accepted },
      other,
    ]);
    const again = anAcceptance({ at: at("2026-10-13") });
    expect(inForce([again, accepted, dismissed].map(eventOfDecision))).toEqual([again]);
  });

  it("keep what was said when advice was accepted first, and when it was dismissed last", () => {
    const [first, second] = [at("2026-10-11"), at("2026-10-12")];
    const later = aSaid({ saving: aRange("1", "2", "3") });
    const accepted = anAcceptance({ at: first });
    expect(inForce([accepted, anAcceptance({ at: second, said: later })].map(eventOfDecision))).toEqual([accepted]);
    const dismissed = aDismissal({ at: second, said: later });
    expect(inForce([aDismissal({ at: first }), dismissed].map(eventOfDecision))).toEqual([dismissed]);
  });

  it("leave out, and name, what cannot be read; what a later release adds is passed over", () => {
    const event = eventOfDecision(anAcceptance());
    const odd = { ...event, id: "advice:a1/odd", detail: { ...event.detail, share: 3 } };
    const added = { ...event, detail: { ...event.detail, ofALaterRelease: 1 } };
    expect(decisionsOf([odd])).toEqual({
      inForce: new Map(),
      rejected: [{ id: "advice:a1/odd", why: "share: expected a text" }],
    });
    expect(inForce([added])).toEqual([anAcceptance()]);
    const unreasoned = { ...eventOfDecision(aDismissal()), detail: event.detail };
    expect(decisionsOf([unreasoned]).rejected).toHaveLength(1);
  });
});
