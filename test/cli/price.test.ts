import { describe, expect, it } from "vitest";
import { CLI_NOW, runCli } from "../support/run-cli.ts";

const USAGE = JSON.stringify({ input_tokens: 1000, output_tokens: 10, cache_read_input_tokens: 100 });

async function priceOf(model: string, usage: object, at: string): Promise<Record<string, unknown>> {
  const { stdout } = await runCli(["price", model, "--usage", JSON.stringify(usage), "--at", at]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe("farthing price", () => {
  it("prints every line and their sum, by hand: Opus 5 at 5, 0.5 and 25 USD/MTok", async () => {
    const { exitCode, stdout, stderr } = await runCli([
      "price",
      "claude-opus-5",
      "--usage",
      USAGE,
      "--at",
      "2026-11-15",
    ]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const line = (item: string, quantity: number, usdPerUnit: string, usd: string): object => ({
      item,
      model: "claude-opus-5",
      iteration: null,
      quantity,
      usdPerUnit,
      usd,
    });
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      model: "claude-opus-5",
      at: "2026-11-15T00:00:00.000Z",
      usd: "0.0053",
      lines: [
        line("uncachedInput", 1000, "0.000005", "0.005"),
        line("cacheRead", 100, "0.0000005", "0.00005"),
        line("output", 10, "0.000025", "0.00025"),
      ],
    });
  });

  it.each([
    ["claude-sonnet-5-5", { cache_read_input_tokens: 1e6 }, "2026-10-06", "0.2"],
    ["claude-sonnet-5-5", { cache_read_input_tokens: 1e6 }, "2026-10-07", "0.1"],
    ["claude-haiku-5-5", { input_tokens: 100_000 }, "2026-11-15", "0.01"],
    ["claude-haiku-5-5", { input_tokens: 100_001 }, "2026-11-15", "0.0500005"],
    ["us.anthropic.claude-haiku-4-5-20251001-v1:0", { input_tokens: 1e6 }, "2026-11-15", "1.1"],
    ["global.anthropic.claude-haiku-4-5-20251001-v1:0", { input_tokens: 1e6 }, "2026-11-15", "1"],
    ["claude-sonnet-4-5@20250929", { input_tokens: 1e6 }, "2026-11-15", "6"],
    ["claude-opus-5[1m]", { input_tokens: 1e6 }, "2026-11-15", "5"],
    ["claude-fable-5-2", { input_tokens: 1e6, speed: "fast", inference_geo: "us" }, "2026-11-15", "17.6"],
    ["claude-mythos-preview", { input_tokens: 1e6 }, "2026-05-15", null],
    ["claude-haiku-9", { input_tokens: 1e6 }, "2026-11-15", null],
  ])("says what %s %j costs on %s", async (model, usage, at, usd) => {
    const document = await priceOf(model, { input_tokens: 0, output_tokens: 0, ...usage }, at);
    expect(document).toMatchObject({ model, usd });
    if (usd === null) expect(document["reason"]).toEqual(expect.any(String));
  });

  it("keeps priced lines beside an unpriced one, gives a reason and exits 0", async () => {
    const usage = JSON.stringify({ input_tokens: 5, output_tokens: 0, server_tool_use: { web_search_requests: 2 } });
    const { exitCode, stdout } = await runCli(["price", "claude-haiku-9", "--usage", usage]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      usd: null,
      reason: "unknown-model",
      at: CLI_NOW,
      lines: [
        { item: "uncachedInput", quantity: 5, usdPerUnit: null, usd: null },
        { item: "webSearch", quantity: 2, usdPerUnit: "0.01", usd: "0.02" },
      ],
    });
  });

  it("marks the priority tier as notional", async () => {
    const usage = { input_tokens: 1, output_tokens: 1, service_tier: "priority" };
    expect(await priceOf("claude-opus-5", usage, "2026-11-15")).toMatchObject({ notional: true, usd: "0.00003" });
  });

  it.each([
    ["not JSON", "{", /--usage: this is not JSON/],
    ["no object", "[1]", /--usage: .*object/],
    ["negative", '{"input_tokens":-1,"output_tokens":0}', /--usage: usage\.input_tokens/],
    ["fractional", '{"input_tokens":1.5,"output_tokens":0}', /--usage: usage\.input_tokens/],
    ["beyond 2^53", '{"input_tokens":9007199254740993,"output_tokens":0}', /--usage: usage\.input_tokens/],
    ["text", '{"input_tokens":"1","output_tokens":0}', /--usage: usage\.input_tokens/],
  ])("exits 2 for usage that is %s and names the field", async (_, usage, message) => {
    const { exitCode, stdout, stderr } = await runCli(["price", "claude-opus-5", "--usage", usage]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });

  it.each(["2026-02-30", "yesterday", "2026-11-15T25:00:00Z", "2026-11-15T10:00:00"])(
    "exits 2 for --at %s",
    async (at) => {
      const { exitCode, stderr } = await runCli(["price", "claude-opus-5", "--usage", USAGE, "--at", at]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain("--at");
    },
  );

  it("exits 2 where there is nothing to price", async () => {
    expect((await runCli(["price"])).exitCode).toBe(2);
    expect((await runCli(["price", "claude-opus-5"])).exitCode).toBe(2);
    expect((await runCli(["price", "claude-opus-5", "--usage", USAGE, "--stdin"])).exitCode).toBe(2);
  });
});

describe("farthing price --stdin", () => {
  it("answers a bad line in its place, goes on, and exits 3", async () => {
    const good = { model: "claude-opus-5", usage: { input_tokens: 1, output_tokens: 0 }, at: "2026-11-15" };
    const lines = [
      JSON.stringify(good),
      "{nonsense",
      JSON.stringify({ ...good, usage: { input_tokens: -1, output_tokens: 0 } }),
      JSON.stringify({ ...good, at: "2026-02-30" }),
      JSON.stringify({ usage: good.usage }),
      "[]",
      JSON.stringify({ ...good, at: null }),
    ];
    const { exitCode, stdout } = await runCli(["price", "--stdin"], { stdin: lines.join("\n") });
    expect(exitCode).toBe(3);
    const answers = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(answers).toHaveLength(lines.length);
    expect(answers[0]).toMatchObject({ usd: "0.000005" });
    const codes = answers.slice(1, 6).map(({ line, error }) => [line, (error as { code: string }).code]);
    expect(codes).toEqual([
      [2, "INVALID_JSON"],
      [3, "INVALID_USAGE"],
      [4, "INVALID_INSTANT"],
      [5, "INVALID_LINE"],
      [6, "INVALID_LINE"],
    ]);
    expect(answers[6]).toMatchObject({ usd: "0.000005", at: CLI_NOW });
  });

  it("exits 0 when every line has an answer, unpriced ones included", async () => {
    const line = JSON.stringify({ model: "claude-haiku-9", usage: { input_tokens: 1, output_tokens: 0 } });
    const { exitCode, stdout } = await runCli(["price", "--stdin"], { stdin: `${line}\r\n\n${line}` });
    expect(exitCode).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(2);
  });

  it("reads characters that arrive in two pieces", async () => {
    const model = "é".repeat(3000);
    const { stdout } = await runCli(["price", "--stdin"], {
      stdin: JSON.stringify({ model, usage: { input_tokens: 1, output_tokens: 0 } }),
    });
    expect(JSON.parse(stdout)).toMatchObject({ model });
  });
});
