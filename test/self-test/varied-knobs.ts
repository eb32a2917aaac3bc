import { seededRandom, type Random } from "./chance.ts";
import { SOUND, type Knobs } from "./knobs.ts";

/** What differs within a family. */
export type Variation = Pick<
  Knobs,
  "perDay" | "days" | "systemTokens" | "toolTokens" | "answerTokens" | "blocksPerTurn" | "estimateError" | "imageShare"
>;

/** How workloads of one family differ. */
export function variation(random: Random): Variation {
  return {
    days: random.between(8, 16),
    perDay: random.between(8, 14),
    systemTokens: random.between(4_000, 9_000),
    toolTokens: random.between(200, 500),
    answerTokens: [random.between(60, 200), random.between(400, 1_400)],
    blocksPerTurn: [1, random.between(1, 4)],
    estimateError: 0.05 + 0.1 * random.next(),
    imageShare: random.chance(0.2) ? 0.1 : 0,
  };
}

/** A service of which each knob is where chance has put it. */
export function anything(seed: number): Knobs {
  const random = seededRandom(seed, "anything");
  const ttl = random.pick(["5m", "1h"] as const);
  return {
    ...SOUND,
    ...variation(random),
    arrival: random.pick(["steady", "office-hours", "nightly", "fan-out"]),
    burst: [2, random.between(3, 8)],
    perDay: random.between(3, 10),
    turns: [1, random.between(1, 12)],
    longPauseShare: random.pick([0, 0.05, 0.3]),
    tools: random.between(0, 12),
    unstable: random.pick(["nothing", "nothing", "nothing", "timestamp", "tool-order"]),
    firstMessageTokens: [200, random.between(500, 12_000)],
    messageTokens: [60, random.between(100, 5_000)],
    blocksPerTurn: [1, random.pick([1, 4, 24])],
    breakpoints: random.pick(["none", "front", "end", "front-and-end"]),
    frontTtl: ttl === "1h" ? "1h" : random.pick(["5m", "1h"]),
    endTtl: ttl,
    model: random.pick([
      "claude-opus-5-5",
      "claude-opus-5",
      "claude-opus-4-8",
      "claude-sonnet-5-5",
      "claude-sonnet-4-6",
      "claude-haiku-5-5",
    ]),
    geo: random.pick(["global", "global", "us"]),
    tier: random.pick(["standard", "standard", "standard", "batch"]),
    stream: random.chance(0.5),
    otherEffortShare: random.pick([0, 0, 0.02]),
    otherChoiceShare: random.pick([0, 0, 0.02]),
    maxTokens: random.pick([700, 4_000, 16_000]),
    duplicateShare: random.pick([0, 0.03]),
    abandonedShare: random.pick([0, 0.03]),
    retriedShare: random.pick([0, 0.03]),
    missRate: random.pick([0, 0.01, 0.03]),
    fingerprints: random.chance(0.85),
    sessions: random.chance(0.8),
  };
}
