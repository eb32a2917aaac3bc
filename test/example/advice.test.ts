import { EXAMPLE_NOW, exampleEvents, type Advice } from "@farthing/advisor";
import { isResponse, listPriceBook, type ResponseRecorded } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import type { ExampleServiceName } from "../../packages/advisor/src/example/example-service.ts";
import { EXAMPLE_TRUTH, trueSaving, type ExampleChange } from "../../packages/advisor/src/example/example-truth.ts";
import { adviceOn } from "../support/advice.ts";

const book = listPriceBook();
const responses = exampleEvents().filter((event): event is ResponseRecorded => isResponse(event));
/** 1 % of all spend, as a report would ask for. */
const billed = adviceOn(responses, { now: EXAMPLE_NOW }).gaps.reduce((sum, gap) => sum + gap.billed, 0n);
const advice: Advice = adviceOn(responses, { now: EXAMPLE_NOW, total: billed as never });

function changes(service: ExampleServiceName): readonly ExampleChange[] {
  return EXAMPLE_TRUTH[service];
}

/** The generator knows the truth: it sends the changed traffic to a billing oracle that shares no code with the replay. */
describe("advice on the bundled example", () => {
  it.each(Object.keys(EXAMPLE_TRUTH) as ExampleServiceName[])(
    "for %s is the change that is known to be right",
    (service) => {
      const advised = advice.recommendations.filter(({ plan }) => plan.workload === service);
      expect(advised.map(({ plan }) => plan.strategy).sort()).toEqual(
        changes(service)
          .map(({ strategy }) => strategy)
          .sort(),
      );
    },
  );

  it.each(Object.keys(EXAMPLE_TRUTH) as ExampleServiceName[])(
    "for %s saves what it truly saves, within 5 %%",
    (service) => {
      const projected = advice.recommendations
        .filter(({ plan }) => plan.workload === service)
        .reduce((sum, { share }) => sum + Number(share.expected), 0);
      const truth = Number(trueSaving(service, changes(service), book));
      expect(Math.abs(projected - truth)).toBeLessThanOrEqual(0.05 * truth);
    },
  );

  it("comes in the right order: what leaves answers as they are first, then by what it truly adds", () => {
    const right = (Object.keys(EXAMPLE_TRUTH) as ExampleServiceName[]).flatMap((service) =>
      changes(service).map((change, place) => ({
        name: `${service} ${change.strategy}`,
        isTested: "from" in change,
        adds:
          trueSaving(service, changes(service).slice(0, place + 1), book) -
          trueSaving(service, changes(service).slice(0, place), book),
      })),
    );
    right.sort((a, b) => Number(a.isTested) - Number(b.isTested) || Number(b.adds - a.adds));
    expect(advice.recommendations.map(({ plan }) => `${plan.workload} ${plan.strategy}`)).toEqual(
      right.map(({ name }) => name),
    );
  });

  it("abstains from a longer cache for a chat with breaks, which looks right and would truly cost more", () => {
    expect(trueSaving("support-chat", [{ strategy: "cache-ttl-1h" }], book) < 0n).toBe(true);
    expect(advice.abstained).toContainEqual(
      expect.objectContaining({ strategy: "cache-ttl-1h", workload: "support-chat", reason: "would-cost-more" }),
    );
  });

  it("has a joint range that holds the true joint saving", () => {
    const truth = (Object.keys(EXAMPLE_TRUTH) as ExampleServiceName[]).reduce(
      (sum, service) => sum + trueSaving(service, changes(service), book),
      0n,
    );
    const { low, high } = advice.joint.all;
    expect(low <= truth && truth <= high).toBe(true);
  });

  it("rests on a replay that reproduces every bill it predicts reads for, within 5 %", () => {
    for (const { workload, gap } of advice.gaps)
      expect([workload, Math.abs(gap ?? 0) <= 0.05]).toEqual([workload, true]);
  });

  it("is right for other seeds too", () => {
    for (const seed of [2, 3]) {
      const other = adviceOn(
        exampleEvents({ seed }).filter((event): event is ResponseRecorded => isResponse(event)),
        { now: EXAMPLE_NOW, total: billed as never },
      );
      const advised = other.recommendations.map(({ plan }) => `${plan.workload} ${plan.strategy}`).sort();
      const right = Object.entries(EXAMPLE_TRUTH).flatMap(([service, list]) =>
        list.map(({ strategy }) => `${service} ${strategy}`),
      );
      expect(advised).toEqual(right.sort());
    }
  }, 60_000);
});
