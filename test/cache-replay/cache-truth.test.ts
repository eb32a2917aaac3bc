import { expect, it } from "vitest";
import { describeWithSharedData } from "../support/shared-data.ts";
import { predictedCalls, type PredictedCall } from "./cache-truth.ts";

/** Why a call was billed otherwise than the rules predict. */
const REASONS = {
  warm: "it read what a call before the recording had written",
  serverTool: "a tool that the API runs was used: one answer is several prompts, whose reads and writes are summed",
  madeUp: "the usage was written by hand: it names a cache write where none was asked for or where it is too short",
} as const;

/** Every call that is billed otherwise than predicted, of those recorded; docs/concepts/cache-rules.md counts them. */
const MISSES: Readonly<Record<string, keyof typeof REASONS>> = {
  "mirascope--test-caching-system-message-anthropic-beta-claude-sonnet-4-0-yaml#0": "warm",
  "mirascope--test-web-search-tool-anthropic-beta-claude-sonnet-4-0-yaml#0": "serverTool",
  "mirascope--test-web-search-tool-anthropic-beta-claude-sonnet-4-0-yaml#1": "serverTool",
  "mirascope--test-web-search-tool-anthropic-claude-sonnet-4-0-yaml#0": "serverTool",
  "mirascope--test-web-search-tool-anthropic-claude-sonnet-4-0-yaml#1": "serverTool",
  "mirascope--test-web-search-tool-stream-anthropic-beta-claude-sonnet-4-0-yaml#0": "serverTool",
  "mirascope--test-web-search-tool-stream-anthropic-beta-claude-sonnet-4-0-yaml#1": "serverTool",
  "mirascope--test-web-search-tool-stream-anthropic-claude-sonnet-4-0-yaml#0": "serverTool",
  "mirascope--test-web-search-tool-stream-anthropic-claude-sonnet-4-0-yaml#1": "serverTool",
  "mirascope--web-search-tool-anthropic-performs-web-search-and-returns-results-har#1": "serverTool",
  "mirascope--web-search-tool-anthropic-streams-with-web-search-tool-har#1": "serverTool",
  "openinference--TestTokenCounts-test-anthropic-yaml#0": "madeUp",
  "openinference--test-token-counts-TestTokenCounts-test-anthropic-yaml#0": "madeUp",
  "openllmetry-js--apture-and-transform-Anthropic-cache-tokens-from-providerMetadata-2925856219-recording-har#0":
    "madeUp",
  "pydantic-ai--files-vcr-test-anthropic-code-execution-files-cache-prefix-stable-automatic-sonnet-5-yaml#1":
    "serverTool",
  "pydantic-ai--files-vcr-test-anthropic-code-execution-files-cache-prefix-stable-automatic-sonnet-5-yaml#2":
    "serverTool",
  "pydantic-ai--files-vcr-test-anthropic-code-execution-files-cache-prefix-stable-messages-sonnet-4-6-yaml#1":
    "serverTool",
  "pydantic-ai--files-vcr-test-anthropic-code-execution-files-cache-prefix-stable-messages-sonnet-4-6-yaml#2":
    "serverTool",
  "pydantic-ai--iles-vcr-test-anthropic-code-execution-files-cache-prefix-stable-automatic-sonnet-4-6-yaml#1":
    "serverTool",
  "pydantic-ai--iles-vcr-test-anthropic-code-execution-files-cache-prefix-stable-automatic-sonnet-4-6-yaml#2":
    "serverTool",
  "pydantic-ai--n-files-vcr-test-anthropic-code-execution-files-cache-prefix-stable-messages-sonnet-5-yaml#1":
    "serverTool",
  "pydantic-ai--n-files-vcr-test-anthropic-code-execution-files-cache-prefix-stable-messages-sonnet-5-yaml#2":
    "serverTool",
  "pydantic-ai--test-anthropic-test-anthropic-cache-count-tokens-yaml#1": "warm",
  "pydantic-ai--test-anthropic-test-anthropic-cache-real-api-yaml#0": "warm",
};

describeWithSharedData("recorded calls of the API", "cache-truth", (folder) => {
  const calls = predictedCalls(folder);

  it("are billed to the token as the rules predict, but for those that are listed with a reason", () => {
    const misses = calls.filter((call) => !isExact(call)).map(({ name }) => name);
    expect(misses).toEqual(Object.keys(MISSES));
  });

  it("are many", () => {
    const reasons = Object.values(MISSES);
    const counts = Object.keys(REASONS).map((reason) => reasons.filter((each) => each === reason).length);
    expect([calls.length, calls.length - reasons.length, ...counts]).toEqual([56, 32, 3, 18, 3]);
  });

  it("read what was predicted wherever the recording begins with an empty cache and the API ran no tool", () => {
    const plain = calls.filter(({ name }) => MISSES[name] === undefined);
    const sum = (read: (call: PredictedCall) => number): number => plain.reduce((total, call) => total + read(call), 0);
    expect(sum(({ predicted }) => predicted.cacheRead)).toBe(sum(({ billed }) => billed.cacheRead));
    expect(sum(({ billed }) => billed.cacheRead)).toBeGreaterThan(25_000);
  });
});

function isExact({ billed, predicted }: PredictedCall): boolean {
  return (
    billed.cacheRead === predicted.cacheRead &&
    billed.cacheWrite5m === predicted.cacheWrite5m &&
    billed.cacheWrite1h === predicted.cacheWrite1h
  );
}
