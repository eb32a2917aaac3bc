import { matchModel, modelById, MODELS } from "@farthing/ledger";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyText } from "../support/any-text.ts";

function modelOf(id: string): string | null {
  return matchModel(id)?.model ?? null;
}

describe("matching a model id", () => {
  it.each([
    ["claude-opus-5", "claude-opus-5", "anthropic", "global"],
    ["claude-haiku-4-5-20251001", "claude-haiku-4-5", "anthropic", "global"],
    ["claude-sonnet-4-0", "claude-sonnet-4", "anthropic", "global"],
    ["claude-opus-4-20250514", "claude-opus-4", "anthropic", "global"],
    ["claude-3-7-sonnet-latest", "claude-3-7-sonnet", "anthropic", "global"],
    ["claude-3-5-sonnet-20240620", "claude-3-5-sonnet", "anthropic", "global"],
    ["claude-2.0", "claude-2", "anthropic", "global"],
    ["claude-sonnet-4-5-20250929[1m]", "claude-sonnet-4-5", "anthropic", "global"],
    ["claude-opus-4-6[1m]", "claude-opus-4-6", "anthropic", "global"],
    ["claude-haiku-4-5@20251001", "claude-haiku-4-5", "vertex", "unknown"],
    ["claude-opus-5@default", "claude-opus-5", "vertex", "unknown"],
    ["claude-opus-4-6@default[1m]", "claude-opus-4-6", "vertex", "unknown"],
    ["claude-3-5-sonnet-v2@20241022", "claude-3-5-sonnet", "vertex", "unknown"],
    ["anthropic.claude-opus-5", "claude-opus-5", "bedrock", "regional"],
    ["anthropic.claude-opus-4-6-v1", "claude-opus-4-6", "bedrock", "regional"],
    ["us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5", "bedrock", "regional"],
    ["anthropic.claude-v2", "claude-2", "bedrock", "regional"],
    ["anthropic.claude-v2:1", "claude-2.1", "bedrock", "regional"],
    ["apac.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet", "bedrock", "regional"],
    ["global.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5", "bedrock", "global"],
    ["eu.anthropic.claude-sonnet-4-6[1m]", "claude-sonnet-4-6", "bedrock", "regional"],
  ])("recognises %s", (id, model, platform, region) => {
    expect(matchModel(id)).toEqual({ model, platform, region });
  });

  it.each([
    "claude-haiku-9",
    "claude-sonnet-5-50",
    "claude-sonnet-5-6",
    "claude-haiku-4-59",
    "claude-opus-5.5",
    "claude-opus-4-8-fast",
    "claude-opus-5-batch",
    "claude-sonnet-4-5-20250931",
    "claude-sonnet-4-5-20260229",
    "claude-sonnet-4-5-00000000",
    "claude-sonnet-4-5-2025092",
    "claude-sonnet-4-5-20250929-20250929",
    "claude-sonnet-4-5@20251301",
    "claude-sonnet-4-5@latest",
    "claude-sonnet-4-5-20250929@default",
    "claude-3-opus-latest-20240229",
    "claude-sonnet-5-latest",
    "claude-sonnet-4-5[2m]",
    "[1m]claude-sonnet-4-5",
    "claude-sonnet-4-5[1m][1m]",
    "claude-opus-5-v1:0",
    "ca.anthropic.claude-opus-5",
    "us.eu.anthropic.claude-opus-5",
    "anthropic.claude-opus-5-v1:0:48k",
    "anthropic.claude-opus-5-v1:1",
    "anthropic.claude-opus-5-v1-v1",
    "anthropic/claude-opus-5",
    "anthropic.us.claude-opus-5",
    "anthropic.",
    "us.anthropic.-v1:0",
    "sonnet",
    "Claude-Opus-5",
    " claude-opus-5",
    "claude-opus-5 ",
    "claude",
    "<synthetic>",
    "",
    "__proto__",
    "constructor",
    "toString",
    "anthropic.__proto__-v1:0",
    "hasOwnProperty@default",
    "__proto__-20250101",
  ])("does not recognise %j", (id) => {
    expect(matchModel(id)).toBeNull();
  });

  it("keeps a point release apart from the release before it", () => {
    expect(modelOf("claude-sonnet-5-5")).toBe("claude-sonnet-5-5");
    expect(modelOf("claude-sonnet-5-5-20260928")).toBe("claude-sonnet-5-5");
    expect(modelOf("us.anthropic.claude-sonnet-5-5-v1:0")).toBe("claude-sonnet-5-5");
    expect(modelOf("claude-sonnet-5")).toBe("claude-sonnet-5");
  });

  it("accepts a leap day that exists", () => {
    expect(modelOf("claude-3-opus-20240229")).toBe("claude-3-opus");
  });

  it("gives up at once on an id nobody would send", () => {
    expect(matchModel("claude-opus-5".repeat(100_000))).toBeNull();
  });

  it("gives every model of the catalogue for its id, with a date, and for each of its aliases", () => {
    for (const { id, aliases } of MODELS) {
      for (const exact of [id, `${id}-20260101`, `${id}[1m]`, `${id}@default`, `us.anthropic.${id}`, ...aliases]) {
        expect(modelOf(exact)).toBe(id);
      }
    }
  });

  it("recognises no id with something added in front or behind", () => {
    const ids = MODELS.flatMap(({ id, aliases }) => [id, ...aliases]);
    const letters = fc.stringMatching(/^[a-z]{1,12}$/);
    fc.assert(
      fc.property(fc.constantFrom(...ids), letters, (id, extra) => {
        expect(matchModel(extra + id)).toBeNull();
        expect(matchModel(id + extra)).toBeNull();
        expect(matchModel(`${id}-${extra}`)).toBeNull();
      }),
    );
  });

  it("recognises nothing in arbitrary text", () => {
    fc.assert(
      fc.property(anyText(), (id) => {
        expect(matchModel(id)).toBeNull();
      }),
    );
  });
});

describe("the model catalogue", () => {
  it("names every id and alias once", () => {
    const ids = MODELS.flatMap(({ id, aliases }) => [id, ...aliases]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("orders each line by generation, newest first", () => {
    for (const line of ["fable", "mythos", "opus", "sonnet", "haiku"]) {
      const generations = MODELS.filter((model) => model.line === line).map(({ generation }) => generation);
      expect(generations).toEqual(generations.toSorted((a, b) => b - a));
      expect(new Set(generations).size).toBe(generations.length);
    }
  });

  it.each([
    ["claude-fable-5-2", 512, 2],
    ["claude-opus-5", 512, 2],
    ["claude-opus-4-8", 1_024, 2],
    ["claude-opus-4-7", 2_048, 2],
    ["claude-opus-4-6", 4_096, 1],
    ["claude-sonnet-5", 1_024, 2],
    ["claude-sonnet-4-6", 1_024, 1],
    ["claude-haiku-5-5", 512, 2],
    ["claude-haiku-4-5", 4_096, 1],
    ["claude-3-5-haiku", 2_048, 1],
    ["claude-3-haiku", null, 1],
  ])("knows the cache minimum and tokenizer of %s", (id, cacheMinimumTokens, tokenizer) => {
    expect(modelById(id)).toMatchObject({ cacheMinimumTokens, tokenizer });
  });

  it("marks a cache minimum nobody has published for the model", () => {
    expect(modelById("claude-fable-5-2")?.cacheMinimumAssumed).toBe(true);
    expect(modelById("claude-fable-5-1")?.cacheMinimumAssumed).toBe(false);
  });

  it("looks up canonical ids only", () => {
    expect(modelById("claude-sonnet-4-0")).toBeNull();
    expect(modelById("__proto__")).toBeNull();
  });
});
