import { seededRandom, type Random } from "./chance.ts";
import { SOUND, type Knobs } from "./knobs.ts";
import { anything, variation, type Variation } from "./varied-knobs.ts";

/** A change by what advises it. */
export interface DeservedChange {
  readonly strategy: string;
  readonly workload: string;
  /** What a plan of this strategy would say, as far as it decides what is then sent. */
  readonly subject?: string;
  readonly title?: string;
  readonly change?: string;
}

/** Workloads that were built alike. */
export interface Family {
  readonly name: string;
  /** The change that they were built to deserve, if any; `unknown` where chance built them. */
  readonly deserves: DeservedChange | "nothing" | "unknown";
  /** How many cases there are for one of any other family. */
  readonly weight: number;
  services(seed: number): readonly Knobs[];
}

const MINUTE = 60;

/** One request each, with nothing that follows. */
const SINGLE = { turns: [1, 1] } as const;

/** Conversations that begin often enough for an hour, and go on soon enough for five minutes. */
const CACHED_WELL = { frontTtl: "1h", endTtl: "5m", perDay: 24, days: 10 } as const;

/** So many conversations at a time that five minutes never pass without one. */
const CROWDED = { arrival: "nightly", perDay: 45, days: 9, turns: [2, 4] } as const;

/** All families, in the order in which a run takes them up. */
export const FAMILIES: readonly Family[] = [
  // These deserve nothing: whatever is advised on them is wrong.
  family("good caching", "nothing", (vary) => ({ ...SOUND, ...vary, ...CACHED_WELL })),
  family("too little traffic", "nothing", (vary) => ({
    ...SOUND,
    ...vary,
    days: 5,
    perDay: 1,
    turns: [1, 2],
    arrival: "steady",
  })),
  family("noise", "nothing", (vary) => ({
    ...SOUND,
    ...vary,
    ...SINGLE,
    arrival: "steady",
    breakpoints: "none",
    systemTokens: 300,
    tools: 2,
    firstMessageTokens: [800, 9_000],
  })),
  family("misses of the API", "nothing", (vary) => ({
    ...SOUND,
    ...vary,
    ...CACHED_WELL,
    missRate: 0.02,
    otherChoiceShare: 0.01,
  })),
  family("several keys", "nothing", (vary) => ({ ...SOUND, ...vary, ...CACHED_WELL, keys: 3 })),

  // Each deserves one change above all.
  family("writes never read", { strategy: "stop-caching" }, (vary, random) => ({
    ...SOUND,
    ...vary,
    ...SINGLE,
    perDay: 40,
    systemTokens: 200,
    tools: 0,
    breakpoints: "end",
    endTtl: random.chance(0.5) ? "5m" : "1h",
    firstMessageTokens: [3_000, 14_000],
  })),
  family("one hour for minutes", { strategy: "cache-ttl-5m" }, (vary) => ({
    ...SOUND,
    ...vary,
    ...CROWDED,
    frontTtl: "1h",
    endTtl: "1h",
    messageTokens: [400, 4_000],
  })),
  family("five minutes for longer breaks", { strategy: "cache-ttl-1h" }, (vary, random) => ({
    ...SOUND,
    ...vary,
    perDay: 4,
    turns: [5, 12],
    systemTokens: 14_000,
    firstMessageTokens: [4_000, 20_000],
    longPauseSeconds: [6 * MINUTE, 45 * MINUTE],
    longPauseShare: 0.4 + 0.4 * random.next(),
  })),
  family("imports without fingerprints", { strategy: "cache-ttl-5m" }, (vary) => ({
    ...SOUND,
    ...vary,
    fingerprints: false,
    frontTtl: "1h",
    endTtl: "1h",
    messageTokens: [400, 4_000],
  })),
  family("older model", { strategy: "newer-model", ...models("claude-opus-5", "claude-opus-5-5") }, (vary) => ({
    ...SOUND,
    ...vary,
    model: "claude-opus-5",
  })),
  family(
    "older tokenizer",
    { strategy: "newer-model", ...models("claude-sonnet-4-6", "claude-sonnet-5-5") },
    (vary) => ({
      ...SOUND,
      ...vary,
      model: "claude-sonnet-4-6",
    }),
  ),
  family(
    "front not cached",
    { strategy: "cache-breakpoints", title: "start caching: system + newest message" },
    (vary) => ({
      ...SOUND,
      ...vary,
      breakpoints: "none",
      systemTokens: 9_000,
    }),
  ),
  family(
    "documents not cached",
    {
      strategy: "cache-breakpoints",
      title: "start caching: system + shared messages",
      change: "on the 1st block of the messages",
    },
    (vary) => ({
      ...SOUND,
      ...vary,
      ...SINGLE,
      arrival: "nightly",
      perDay: 60,
      breakpoints: "none",
      documents: 1,
      documentTokens: 30_000,
    }),
  ),
  family("timestamp in the system prompt", { strategy: "stable-prefix" }, (vary) => ({
    ...SOUND,
    ...vary,
    unstable: "timestamp",
    systemTokens: 9_000,
  })),
  family("tools in any order", { strategy: "stable-prefix" }, (vary) => ({
    ...SOUND,
    ...vary,
    unstable: "tool-order",
    systemTokens: 9_000,
    tools: 9,
  })),
  family("cold fan-out", { strategy: "warm-before-fan-out" }, (vary) => ({
    ...SOUND,
    ...vary,
    ...SINGLE,
    arrival: "fan-out",
    perDay: 5,
    burst: [6, 14],
    breakpoints: "front",
    systemTokens: 16_000,
  })),
  family("nightly job", { strategy: "batch" }, (vary) => ({
    ...SOUND,
    ...vary,
    ...SINGLE,
    arrival: "nightly",
    perDay: 60,
    stream: false,
    breakpoints: "none",
    systemTokens: 400,
    tools: 0,
    firstMessageTokens: [2_000, 9_000],
  })),
  family(
    "simple work on a dear model",
    { strategy: "cheaper-model", ...models("claude-opus-5-5", "claude-haiku-5-5") },
    (vary) => ({
      ...SOUND,
      ...vary,
      ...SINGLE,
      perDay: 40,
      model: "claude-opus-5-5",
      breakpoints: "none",
      thinking: null,
      systemTokens: 500,
      tools: 0,
      answerTokens: [10, 60],
      firstMessageTokens: [300, 2_500],
    }),
  ),
  family(
    "much thinking",
    {
      strategy: "thinking-effort",
      subject: "claude-sonnet-5-5 effort high",
      title: "sonnet-5-5: effort medium",
    },
    (vary) => ({
      ...SOUND,
      ...vary,
      effort: "high",
      thinkingTokens: [1_500, 7_000],
    }),
  ),
  family("answers cut short", { strategy: "max-tokens" }, (vary) => ({
    ...SOUND,
    ...vary,
    ...SINGLE,
    perDay: 30,
    maxTokens: 900,
    answerTokens: [400, 1_500],
    thinking: null,
    breakpoints: "none",
  })),
  family("tools never called", { strategy: "trim-tools" }, (vary) => ({
    ...SOUND,
    ...vary,
    tools: 30,
    unusedTools: 30,
    toolTokens: 500,
    breakpoints: "end",
  })),
  family("sent twice", { strategy: "duplicate-requests" }, (vary) => ({
    ...SOUND,
    ...vary,
    ...SINGLE,
    perDay: 40,
    breakpoints: "none",
    duplicateShare: 0.2,
  })),
  family("left and sent again", { strategy: "retried-work" }, (vary) => ({
    ...SOUND,
    ...vary,
    retriedShare: 0.15,
    abandonedShare: 0.05,
  })),
  family("fast for nobody", { strategy: "premium-speed" }, (vary) => ({
    ...SOUND,
    ...vary,
    ...SINGLE,
    arrival: "nightly",
    perDay: 40,
    model: "claude-opus-5-5",
    speed: "fast",
    breakpoints: "none",
  })),
  family("US geography", { strategy: "premium-geo" }, (vary) => ({ ...SOUND, ...vary, geo: "us" })),
  family("searches nobody needs", { strategy: "server-tools" }, (vary) => ({ ...SOUND, ...vary, webSearches: 2 })),
  {
    // What one of them keeps alive for an hour the other reads, so that either changes the other's bill.
    name: "services that share a front",
    deserves: "unknown",
    weight: 1,
    services: (seed) => {
      const vary = variation(seededRandom(seed, "shared front"));
      const hour: Knobs = { ...SOUND, ...vary, frontTtl: "1h", endTtl: "1h", messageTokens: [400, 4_000] };
      const other: Knobs = { ...SOUND, ...vary, ...SINGLE, service: "router", perDay: 60, breakpoints: "front" };
      return [hour, other];
    },
  },
  {
    name: "anything at all",
    deserves: "unknown",
    weight: 6,
    services: (seed) => [anything(seed)],
  },
];

function family(
  name: string,
  deserves: Omit<DeservedChange, "workload"> | "nothing",
  knobs: (vary: Variation, random: Random) => Knobs,
): Family {
  return {
    name,
    deserves: deserves === "nothing" ? deserves : { workload: SOUND.service, ...deserves },
    weight: 1,
    services: (seed) => {
      const random = seededRandom(seed, `knobs of ${name}`);
      return [knobs(variation(random), random)];
    },
  };
}

function models(from: string, to: string): Pick<DeservedChange, "subject" | "title"> {
  return { subject: from, title: `${from} -> ${to}`.replaceAll("claude-", "") };
}
