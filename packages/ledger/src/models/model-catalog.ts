import { parseInstant } from "../instant.ts";
import type { Model } from "./model.ts";

type Limits = Pick<
  Model,
  "contextTokens" | "outputTokensMax" | "cacheMinimumTokens" | "cacheMinimumAssumed" | "tokenizer"
>;
type Thinking = Pick<Model, "thinking" | "thinkingBudgetAccepted" | "thinkingCanBeDisabled" | "effortDefault">;

const LIVE_DOCS =
  "platform.claude.com models overview and prompt caching, Claude API skill, release notes; read 2026-11-22";
const RETIRED_DOCS = "platform.claude.com model deprecations and models overview; read 2026-11-22";

/** One million tokens of context, 128,000 of output, and the newer tokenizer. */
function large(cacheMinimumTokens: number): Limits {
  return {
    contextTokens: 1_000_000,
    outputTokensMax: 128_000,
    cacheMinimumTokens,
    cacheMinimumAssumed: false,
    tokenizer: 2,
  };
}

function small(outputTokensMax: number, cacheMinimumTokens: number | null): Limits {
  return { contextTokens: 200_000, outputTokensMax, cacheMinimumTokens, cacheMinimumAssumed: false, tokenizer: 1 };
}

function always(effortDefault: Model["effortDefault"]): Thinking {
  return { thinking: "always", thinkingBudgetAccepted: false, thinkingCanBeDisabled: false, effortDefault };
}

function optional(effortDefault: Model["effortDefault"]): Thinking {
  return { thinking: "optional", thinkingBudgetAccepted: false, thinkingCanBeDisabled: true, effortDefault };
}

const OPTIONAL_OR_BUDGET: Thinking = { ...optional("high"), thinkingBudgetAccepted: true };
const BUDGET: Thinking = {
  thinking: "budget",
  thinkingBudgetAccepted: true,
  thinkingCanBeDisabled: true,
  effortDefault: null,
};
const NO_THINKING: Thinking = { ...BUDGET, thinking: "none", thinkingBudgetAccepted: false };

function live(
  id: string,
  line: Model["line"],
  generation: number,
  limits: Limits,
  thinking: Thinking,
  retiredOn: string | null = null,
): Model {
  const retiredAt = retiredOn === null ? null : parseInstant(retiredOn);
  return { id, line, generation, aliases: [], ...limits, ...thinking, retiredAt, source: LIVE_DOCS };
}

function retired(
  id: string,
  line: Model["line"],
  generation: number,
  limits: Limits,
  thinking: Thinking,
  retiredOn: string,
  aliases: readonly string[] = [],
): Model {
  return { ...live(id, line, generation, limits, thinking, retiredOn), aliases, source: RETIRED_DOCS };
}

/** Published for a model's siblings of the same time, not for the model itself. */
function assumed(limits: Limits): Limits {
  return { ...limits, cacheMinimumAssumed: true };
}

/** Every model of the Claude API, the newest of each line first. A retired one stays, for the usage it had. */
export const MODELS: readonly Model[] = [
  live("claude-fable-5-2", "fable", 5.2, assumed(large(512)), always("high")),
  live("claude-fable-5-1", "fable", 5.1, large(512), always("high")),
  live("claude-fable-5", "fable", 5, large(512), always("high")),

  live("claude-mythos-5-2", "mythos", 5.2, assumed(large(512)), always("high")),
  live("claude-mythos-5-1", "mythos", 5.1, large(512), always("high")),
  live("claude-mythos-5", "mythos", 5, large(512), always("high")),
  retired(
    "claude-mythos-preview",
    "mythos",
    4,
    { contextTokens: null, outputTokensMax: null, cacheMinimumTokens: 2_048, cacheMinimumAssumed: false, tokenizer: 2 },
    always(null),
    "2026-06-30",
  ),

  live("claude-opus-5-5", "opus", 5.5, large(512), always("medium")),
  live("claude-opus-5", "opus", 5, large(512), optional("high")),
  live("claude-opus-4-8", "opus", 4.8, large(1_024), optional("high")),
  live("claude-opus-4-7", "opus", 4.7, large(2_048), optional("high")),
  live("claude-opus-4-6", "opus", 4.6, { ...large(4_096), tokenizer: 1 }, OPTIONAL_OR_BUDGET),
  live("claude-opus-4-5", "opus", 4.5, small(64_000, 4_096), { ...BUDGET, effortDefault: "high" }),
  retired("claude-opus-4-1", "opus", 4.1, small(32_000, 1_024), BUDGET, "2026-08-05"),
  retired("claude-opus-4", "opus", 4, small(32_000, 1_024), BUDGET, "2026-06-15", ["claude-opus-4-0"]),
  retired("claude-3-opus", "opus", 3, assumed(small(4_096, 1_024)), NO_THINKING, "2026-01-05", [
    "claude-3-opus-latest",
  ]),

  // Thinking is on unless told otherwise, and cannot be told otherwise: as good as always.
  live("claude-sonnet-5-5", "sonnet", 5.5, large(512), always("high")),
  live("claude-sonnet-5", "sonnet", 5, large(1_024), optional("high")),
  live("claude-sonnet-4-6", "sonnet", 4.6, { ...large(1_024), tokenizer: 1 }, OPTIONAL_OR_BUDGET),
  live("claude-sonnet-4-5", "sonnet", 4.5, small(64_000, 1_024), BUDGET, "2026-11-30"),
  retired("claude-sonnet-4", "sonnet", 4, small(64_000, 1_024), BUDGET, "2026-06-15", ["claude-sonnet-4-0"]),
  retired("claude-3-7-sonnet", "sonnet", 3.7, assumed(small(64_000, 1_024)), BUDGET, "2026-02-19", [
    "claude-3-7-sonnet-latest",
  ]),
  retired("claude-3-5-sonnet", "sonnet", 3.5, assumed(small(8_192, 1_024)), NO_THINKING, "2025-10-28", [
    "claude-3-5-sonnet-latest",
    "claude-3-5-sonnet-v2",
  ]),
  retired("claude-3-sonnet", "sonnet", 3, small(4_096, null), NO_THINKING, "2025-07-21"),

  live("claude-haiku-5-5", "haiku", 5.5, large(512), optional("medium")),
  live("claude-haiku-4-5", "haiku", 4.5, small(64_000, 4_096), BUDGET),
  retired("claude-3-5-haiku", "haiku", 3.5, small(8_192, 2_048), NO_THINKING, "2026-02-19", [
    "claude-3-5-haiku-latest",
  ]),
  retired("claude-3-haiku", "haiku", 3, small(4_096, null), NO_THINKING, "2026-04-19"),

  retired("claude-2.1", null, 2.1, small(4_096, null), NO_THINKING, "2025-07-21", ["claude-v2:1"]),
  retired("claude-2", null, 2, { ...small(4_096, null), contextTokens: 100_000 }, NO_THINKING, "2025-07-21", [
    "claude-2.0",
    "claude-v2",
  ]),
  retired("claude-v1", null, 1, { ...small(4_096, null), contextTokens: 100_000 }, NO_THINKING, "2024-11-06", [
    "claude-1",
    "claude-1.0",
    "claude-1.1",
    "claude-1.2",
    "claude-1.3",
  ]),
];

const BY_ID: ReadonlyMap<string, Model> = new Map(MODELS.map((model) => [model.id, model]));

/** The model of a canonical id; see `matchModel` for ids as requests and responses write them. */
export function modelById(id: string): Model | null {
  return BY_ID.get(id) ?? null;
}
