import { advise, STRATEGIES, traceFromResponses } from "@farthing/advisor";
import { calendarOf, listPriceBook } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { NOW } from "./arrivals.ts";
import { trueCost } from "./bill-traffic.ts";
import { SOUND } from "./knobs.ts";
import { recordCase, trueSaving } from "./run-case.ts";
import { makeCase, type SelfTestCase } from "./self-test-case.ts";

const BOOK = listPriceBook();
const COMPACT_EARLIER = STRATEGIES.filter(({ name }) => name === "compact-earlier");

/** Agents that read long files and go on for hours, on a model of which reads are a tenth of the input price. */
function longConversations(seed: number, fingerprints: boolean): SelfTestCase {
  const services = (): (typeof SOUND)[] => [
    {
      ...SOUND,
      model: "claude-opus-4-8",
      days: 10,
      perDay: 2,
      turns: [60, 90],
      messageTokens: [1_500, 4_500],
      breakpoints: "front-and-end",
      fingerprints,
    },
  ];
  return makeCase({ name: "long conversations", deserves: "nothing", weight: 1, services }, seed);
}

describe("a compaction of long conversations", () => {
  it.each([
    ["block by block", 1, true],
    ["block by block", 2, true],
    ["by its bill", 1, false],
    ["by its bill", 2, false],
  ] as const)("saves what is projected where the prompt is known %s (seed %i)", (_, seed, fingerprints) => {
    const example = longConversations(seed, fingerprints);
    const advice = advise(traceFromResponses(recordCase(example), BOOK), {
      book: BOOK,
      calendar: calendarOf("UTC"),
      now: NOW,
      billing: { "*": "per-token" },
      total: trueCost(example.billed, BOOK),
      only: null,
      strategies: COMPACT_EARLIER,
    });
    const [recommendation] = advice.recommendations;
    expect(recommendation?.plan.strategy).toBe("compact-earlier");
    const told = advice.recommendations.map(({ plan }) => plan);
    const { low, expected, high } = advice.joint.all;
    const saved = trueSaving(example, told);
    expect(saved).toBeGreaterThanOrEqual(low);
    expect(saved).toBeLessThanOrEqual(high);
    // Where summaries are as long as expected, what is kept besides is all that is not known.
    const asExpected = trueSaving({ ...example, world: { ...example.world, summaryTokens: 10_000 } }, told);
    expect(Math.abs(Number(expected) / Number(asExpected) - 1)).toBeLessThan(fingerprints ? 0.02 : 0.1);
  });
});
