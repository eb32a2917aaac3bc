/** How a workload calls the API. */
export type Habit = "chat" | "agent" | "single" | "long-document" | "batch";

/** A kind of call, made by one service. */
export interface Workload {
  readonly service: string;
  /** Value of the label `workload`. */
  readonly name: string;
  readonly habit: Habit;
  /** The model it uses from a day of the period on; the first from its beginning. */
  readonly models: readonly (readonly [fromDay: number, model: string])[];
  /** Lifetime of its cached prefixes; null where it does not cache. */
  readonly ttl: "5m" | "1h" | null;
  /** Share of all conversations, in parts of the sum of all weights. */
  readonly weight: number;
  readonly toolTokens: number;
  readonly systemTokens: number;
  readonly userTokens: number;
  readonly outputTokens: number;
}

/** Start of the recorded time, and how long it is. */
export const PERIOD = { start: Date.UTC(2026, 7, 20), days: 90 } as const;
export const DAY = 86_400_000;

/** Every so many days a workload's system prompt is rewritten, and with it the prefix that its conversations share. */
export const PREFIX_DAYS = 15;

const OPUS = [
  [0, "claude-opus-5"],
  [40, "claude-opus-5-5"],
] as const;
const SONNET = [
  [0, "claude-sonnet-5"],
  [45, "claude-sonnet-5-5"],
] as const;
const HAIKU = [
  [0, "claude-haiku-4-5"],
  [55, "claude-haiku-5-5"],
] as const;
// Haiku 5.5 costs five times as much above 100,000 prompt tokens; before its release the workload ran on Haiku 4.5.
const LONG_HAIKU = HAIKU;

type Numbers = readonly [weight: number, tools: number, system: number, user: number, output: number];

/** 12 services with 2 to 4 workloads each. */
export const WORKLOADS: readonly Workload[] = [
  ...service("support-chat", "chat", "5m", SONNET, [
    ["answer", [9, 1_800, 4_200, 90, 260]],
    ["triage", [6, 0, 2_600, 120, 60]],
    ["escalate", [1, 1_800, 4_200, 160, 420]],
  ]),
  ...service("code-agent", "agent", "5m", OPUS, [
    ["implement", [2, 9_500, 6_100, 900, 420]],
    ["review", [1.5, 7_200, 5_200, 1_400, 380]],
    ["fix-tests", [1, 9_500, 6_100, 1_100, 300]],
  ]),
  ...service("ops-agent", "agent", "1h", OPUS, [
    ["incident", [0.6, 12_000, 3_100, 1_600, 350]],
    ["runbook", [0.4, 12_000, 3_100, 700, 260]],
  ]),
  ...service("sales-assistant", "chat", "1h", OPUS, [
    ["draft", [1.6, 0, 7_400, 240, 520]],
    ["follow-up", [1.2, 0, 7_400, 180, 310]],
  ]),
  ...service("rag-answers", "single", "5m", SONNET, [
    ["public-docs", [30, 0, 2_900, 5_200, 310]],
    ["internal-docs", [16, 0, 3_600, 6_800, 340]],
    ["policies", [6, 0, 2_900, 9_100, 280]],
  ]),
  ...service("invoice-extract", "single", null, HAIKU, [
    ["lines", [34, 1_100, 900, 2_600, 420]],
    ["totals", [20, 1_100, 700, 1_800, 90]],
    ["address", [8, 600, 500, 700, 60]],
  ]),
  ...service("ticket-search", "single", "5m", HAIKU, [
    ["query", [26, 0, 5_600, 70, 45]],
    ["rerank", [18, 0, 4_900, 3_900, 120]],
  ]),
  ...service("doc-review", "long-document", "1h", LONG_HAIKU, [
    ["contracts", [2.2, 0, 3_200, 88_000, 900]],
    ["tenders", [1.3, 0, 3_200, 115_000, 1_400]],
  ]),
  ...service("moderation", "single", null, HAIKU, [
    ["posts", [24, 0, 1_300, 160, 20]],
    ["images", [9, 0, 1_300, 1_650, 25]],
    ["appeals", [2, 0, 2_400, 900, 180]],
  ]),
  ...service("nightly-digest", "batch", null, SONNET, [
    ["summaries", [20, 0, 1_500, 8_800, 620]],
    ["themes", [8, 0, 1_900, 14_000, 900]],
  ]),
  ...service("translation", "batch", null, HAIKU, [
    ["catalogue", [14, 0, 900, 1_200, 1_150]],
    ["help-pages", [5, 0, 900, 3_400, 3_300]],
  ]),
  ...service("lab", "single", null, OPUS, [["prompts", [2, 0, 2_000, 1_500, 600]]]),
  {
    ...workload("lab", "single", null, [[0, "claude-experimental-9"]], "unpriced", [0.4, 0, 2_000, 1_500, 600]),
  },
];

export const TENANTS: readonly [string, ...string[]] = [
  "müller-söhne",
  ...Array.from({ length: 119 }, (_, index) => `tenant-${String(index + 1).padStart(3, "0")}`),
];

function service(
  name: string,
  habit: Habit,
  ttl: Workload["ttl"],
  models: Workload["models"],
  workloads: readonly (readonly [string, Numbers])[],
): Workload[] {
  return workloads.map(([suffix, numbers]) => workload(name, habit, ttl, models, suffix, numbers));
}

function workload(
  name: string,
  habit: Habit,
  ttl: Workload["ttl"],
  models: Workload["models"],
  suffix: string,
  [weight, toolTokens, systemTokens, userTokens, outputTokens]: Numbers,
): Workload {
  const sizes = { weight, toolTokens, systemTokens, userTokens, outputTokens };
  return { service: name, name: `${name}/${suffix}`, habit, models, ttl, ...sizes };
}
