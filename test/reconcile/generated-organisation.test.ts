import { formatUsd, sum, ZERO, type Money } from "@farthing/ledger";
import type { Reconciliation, ResidualCause } from "@farthing/advisor";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { billOf, linesOf, OCTOBER, october, reconciled, recordedOf, wrongBook, type Call } from "./organisation.ts";

const calls = october();
const events = recordedOf(calls);
const recordedIds = new Set(events.map(({ id }) => id));

/** What calls cost in truth, at list prices. */
function trueUsd(of: readonly Call[]): Money {
  return sum(of.flatMap((call) => linesOf(call).map(({ amount }) => amount ?? ZERO)));
}

function usdOf({ parts }: Reconciliation, cause: ResidualCause): Money {
  return sum(parts.filter((part) => part.cause === cause).map(({ usd }) => usd));
}

/** Equal but for what the bill rounds: half a hundredth of a cent in each of its rows. */
function expectAbout(actual: Money, expected: Money, rows: number): void {
  const difference = actual > expected ? actual - expected : expected - actual;
  expect(difference, `${formatUsd(actual)} for ${formatUsd(expected)}`).toBeLessThanOrEqual(50_000_000n * BigInt(rows));
}

const ofService = (service: Call["service"]): readonly Call[] => calls.filter((call) => call.service === service);

describe.each([1, 24])("a bill told by %i hours of an organisation of four services", (hours) => {
  const bill = billOf(calls, { hours });

  it("leaves a residual of which every dollar is in the class it belongs to", async () => {
    const result = await reconciled(bill, events, wrongBook());
    const rows = bill.cost.lines.length;
    const never = ofService("workbench");
    expectAbout(usdOf(result, "key-never-seen"), trueUsd(never), rows);
    const missed = ofService("rag").filter(({ event }) => !recordedIds.has(event.id));
    expect(missed).toHaveLength(2);
    expectAbout(usdOf(result, "capture-off"), trueUsd(missed), rows);
    const late = ofService("digest").filter(({ event }) => Date.parse(event.occurredAt) >= OCTOBER.until);
    expect(late).toHaveLength(1);
    expectAbout(
      (usdOf(result, "batch-ended-later") + usdOf(result, "batch-billed-earlier")) as Money,
      trueUsd(late),
      rows,
    );
    // Output of Haiku 4.5 costs $5 per million tokens and is believed to cost $8.
    const output = sum(
      ofService("chat")
        .flatMap(linesOf)
        .filter(({ item }) => item === "output")
        .map(({ amount }) => amount ?? ZERO),
    );
    expectAbout(usdOf(result, "another-price"), -((output * 3n) / 5n) as Money, rows);
    const known = [
      "key-never-seen",
      "capture-off",
      "batch-ended-later",
      "batch-billed-earlier",
      "another-price",
      "amounts-rounded",
    ];
    expect(result.parts.filter(({ cause }) => !known.includes(cause))).toEqual([]);
    expect(sum(result.parts.map(({ usd }) => usd))).toBe(result.residualUsd);
    expect(result.bill.listUsd - result.ledger.usd).toBe(result.residualUsd);
  });
});

describe("a bill", () => {
  const bill = billOf(calls);

  it("names the key that was never attached, and the hours in which nothing was recording", async () => {
    const { parts } = await reconciled(bill, events);
    const keys = parts.filter(({ cause }) => cause === "key-never-seen").map(({ dimensions }) => dimensions.apiKey);
    expect(new Set(keys)).toEqual(new Set(["apikey_workbench"]));
    const [off] = parts.filter(({ cause }) => cause === "capture-off");
    expect(off?.span).toEqual({ from: Date.parse("2026-10-10T06:00Z"), until: Date.parse("2026-10-10T10:00Z") });
  });

  it("tells the discount apart from the residual", async () => {
    const { bill: said } = await reconciled(bill, events);
    expect(said.listFrom).toBe("bill");
    const share = Number(said.billedUsd ?? 0n) / Number(said.listUsd);
    expect(share).toBeCloseTo(0.86, 6);
  });

  it("is held against list prices by the discount that is set where it tells no list amounts", async () => {
    const lines = bill.cost.lines.map((line) => ({ ...line, list: null }));
    const result = await reconciled({ ...bill, cost: { ...bill.cost, lines } }, events, undefined, "14");
    const whole = await reconciled(bill, events);
    expect(result.bill.listFrom).toBe("discount-setting");
    expectAbout(result.bill.listUsd, whole.bill.listUsd, lines.length);
    expectAbout(usdOf(result, "key-never-seen"), usdOf(whole, "key-never-seen"), lines.length);
  });

  it("shows what was recorded twice under two ids", async () => {
    const twice = calls.filter(({ service }) => service === "chat").slice(0, 3);
    const again = twice.map(({ event }) =>
      aRequestCompleted({ ...event, id: `req:${event.id}`, ids: { ...event.ids, message: null } }),
    );
    const result = await reconciled(bill, [...events, ...again]);
    expectAbout(usdOf(result, "recorded-twice"), -trueUsd(twice) as Money, bill.cost.lines.length);
    expect(result.parts.filter((part) => part.class === "unexplained")).toEqual([]);
  });

  it("calls usage without a price unpriced, at what was billed for it", async () => {
    const chat = ofService("chat");
    const odd = events.map((event) =>
      chat.some((call) => call.event.id === event.id) && event.type === "RequestCompleted"
        ? aRequestCompleted({ ...event, usage: { ...event.usage, speed: "warp" } })
        : event,
    );
    // The bill names the same speed, so that the two sides meet.
    const warp = <T extends { readonly dimensions: Readonly<Record<string, string>> }>(line: T): T =>
      line.dimensions["api_key_id"] === "apikey_chat" && line.dimensions["speed"] !== undefined
        ? { ...line, dimensions: { ...line.dimensions, speed: "warp" } }
        : line;
    const strange = {
      ...bill,
      cost: { ...bill.cost, lines: bill.cost.lines.map(warp) },
      usage: { ...bill.usage, lines: bill.usage.lines.map(warp) },
    };
    const result = await reconciled(strange, odd);
    const tokens = chat.flatMap(linesOf).map(({ amount }) => amount ?? ZERO);
    expectAbout(usdOf(result, "no-price"), sum(tokens), bill.cost.lines.length);
    expect(result.parts.find(({ cause }) => cause === "no-price")?.reason).toBe("unknown-speed");
  });

  it("of amounts alone says of what was recorded in part that it cannot tell", async () => {
    const result = await reconciled(billOf(calls, { withUsage: false }), events, wrongBook());
    expectAbout(usdOf(result, "key-never-seen"), trueUsd(ofService("workbench")), bill.cost.lines.length);
    expect(usdOf(result, "another-price")).toBe(0n);
    expect(usdOf(result, "usage-not-reported")).not.toBe(0n);
    expect(sum(result.parts.map(({ usd }) => usd))).toBe(result.residualUsd);
  });

  it("equals a ledger that recorded every call at the right price, but for rounding", async () => {
    const all = calls.map(({ event, billedAt }) =>
      aRequestCompleted({ ...event, occurredAt: new Date(billedAt).toISOString() }),
    );
    const { parts, ledger } = await reconciled(bill, all);
    expect(new Set(parts.map((part) => part.class))).toEqual(new Set(["rounding"]));
    expect(ledger.requests).toBe(calls.length);
  });
});
