import type { Report } from "@farthing/advisor";
import { sum, type Money } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { usd } from "../support/advice.ts";
import { aReport } from "../support/a-report.ts";
import { aConversation } from "../support/conversation.ts";

type OverTime = NonNullable<Report["spendOverTime"]>;

const DAY_S = 86_400;

/** One response per day and service, of 100,000 uncached tokens and 10 of output: 0.5 + 0.00025 dollars. */
function daily(services: readonly string[], days: number): OverTime {
  const events = services.flatMap((service, index) =>
    aConversation(
      Array.from({ length: days }, (_, day) => ({
        at: day * DAY_S,
        uncachedInput: 100_000 * (index + 1),
        continues: -1,
      })),
      { name: `s${String(index)}`, service, startedAt: "2026-10-10T10:00:00.000Z" },
    ),
  );
  const { spendOverTime } = aReport(events, { overTime: true });
  if (spendOverTime === null) throw new Error("days were asked for");
  return spendOverTime;
}

describe("spend over time", () => {
  it("is there only where it was asked for", () => {
    expect(aReport(aConversation([{ at: 0, uncachedInput: 1_000 }])).spendOverTime).toBeNull();
  });

  it("says of each day what it cost, by kind of token and by workload", () => {
    const { step, points } = daily(["a"], 2);
    expect(step).toBe("day");
    expect(points).toEqual(
      ["2026-10-10", "2026-10-11"].map((at) => ({
        at,
        usd: usd("0.50025"),
        items: [
          { item: "uncachedInput", usd: usd("0.5") },
          { item: "output", usd: usd("0.00025") },
        ],
        workloads: [{ name: "a", usd: usd("0.50025") }],
        otherWorkloads: usd("0"),
      })),
    );
  });

  it("tells the six dearest workloads apart, and counts the others", () => {
    const services = Array.from({ length: 9 }, (_, index) => `service-${String(index)}`);
    const { otherWorkloads, points } = daily(services, 1);
    expect(otherWorkloads).toBe(3);
    expect(points[0]?.workloads.map(({ name }) => name)).toEqual(services.toReversed().slice(0, 6));
    // The three cheapest: 0.5 x (1 + 2 + 3) + 3 x 0.00025.
    expect(points[0]?.otherWorkloads).toBe(usd("3.00075"));
  });

  it("takes months where there are more than 400 days, and loses nothing", () => {
    const [days, months] = [daily(["a"], 400), daily(["a"], 401)];
    expect([days.step, days.points.length]).toEqual(["day", 400]);
    expect([months.step, months.points.length]).toEqual(["month", 14]);
    expect(months.points[0]?.at).toBe("2026-10");
    const total = (parts: readonly Money[]): Money => sum(parts);
    // 401 x 0.50025.
    expect(total(months.points.map((point) => point.usd))).toBe(usd("200.60025"));
    expect(total(months.points.flatMap(({ items }) => items.map((item) => item.usd)))).toBe(usd("200.60025"));
    expect(total(months.points.flatMap(({ workloads }) => workloads.map((each) => each.usd)))).toBe(usd("200.60025"));
  });
});
