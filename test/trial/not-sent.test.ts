import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { apiOfModels } from "../support/api-of-models.ts";
import { openLoopbackApi } from "../support/loopback-api.ts";
import { aSample, printed, samples, SECRET, trialOn } from "./samples.ts";

const SONNET = "claude-sonnet-5";

describe("nothing is sent by farthing trial", () => {
  it.each([
    ["without a budget", [], {}, "--budget"],
    ["for a budget of nothing", ["--budget", "0"], {}, "above zero"],
    ["without a key", ["--budget", "1"], { ANTHROPIC_API_KEY: "" }, "ANTHROPIC_API_KEY"],
    ["to a model without a price", ["--budget", "1", "--model", "claude-haiku-9"], {}, "no price"],
    ["to a model that was retired", ["--budget", "1", "--model", "claude-3-haiku"], {}, "retired on 2026-04-19"],
    ["to the present model", ["--budget", "1", "--model", SONNET], {}, "at present"],
    ["with fields of no JSON", ["--budget", "1", "--fields", "a"], {}, "--fields"],
  ])("%s, which is wrong use", async (_, flags, env, hint) => {
    await using api = await openLoopbackApi(apiOfModels());
    const run = await trialOn(api.url, samples(1), flags, { env });
    expect([run.exitCode, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain(hint);
    expect(api.requests).toEqual([]);
    expect(readdirSync(run.folder)).toEqual(["samples.ndjson"]);
  });

  it("in a dry run, which says what it would cost at most and needs no key", async () => {
    await using api = await openLoopbackApi(apiOfModels());
    const run = await trialOn(api.url, samples(3), ["--dry-run", "--format", "json"], {
      env: { ANTHROPIC_API_KEY: "" },
    });
    expect(printed(run)).toMatchObject({
      dryRun: true,
      calls: { candidate: 3, present: 3 },
      unbounded: [],
      budgetUsd: null,
    });
    expect(api.requests).toEqual([]);
    expect(readdirSync(run.folder)).toEqual(["samples.ndjson"]);
    const earnest = await trialOn(api.url, samples(3), ["--budget", "1", "--format", "json"]);
    expect(Number(printed(run)["mostUsd"])).toBeGreaterThan(Number(printed(earnest)["spentUsd"]));
  });

  it.each([
    ["is no JSON", `{"params": ${SECRET}`, "this is not JSON"],
    ["has no params", '{"answer":"a"}', "params"],
    ["is no object", "[]", "expected an object"],
    ["has a misspelt field", JSON.stringify(aSample(0, { anwser: "a" })), "another name"],
    ["has no limit to its output", '{"params":{"model":"claude-sonnet-5","messages":[]}}', "max_tokens"],
    ["has no messages", '{"params":{"model":"claude-sonnet-5","max_tokens":5}}', "messages"],
    ["has a model that is no name", '{"params":{"model":5,"max_tokens":5,"messages":[]}}', "params.model"],
    ["has usage of no answer", JSON.stringify(aSample(0, { usage: { input_tokens: 1, output_tokens: 1 } })), "usage"],
    ["has usage that is none", JSON.stringify(aSample(0, { answer: "a", usage: { input_tokens: -1 } })), "usage"],
  ])("where a line %s: the line is named, and nothing of it is quoted", async (_, line, hint) => {
    await using api = await openLoopbackApi(apiOfModels());
    const run = await trialOn(api.url, `${samples(1)}\n${line}\n`, ["--budget", "1"]);
    expect(run).toMatchObject({ exitCode: 3, stdout: "" });
    expect(run.stderr).toContain("samples.ndjson:3: ");
    expect(run.stderr).toContain(hint);
    expect(run.stderr).not.toContain(SECRET);
    expect(api.requests).toEqual([]);
  });

  it("where samples are of several models, until one is named", async () => {
    await using api = await openLoopbackApi(apiOfModels());
    const other = JSON.stringify({ params: { model: "claude-opus-5", max_tokens: 9, messages: [] } });
    const run = await trialOn(api.url, `${samples(1)}${other}\n`, ["--budget", "1"]);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain("--against");
    const named = await trialOn(api.url, `${samples(1)}${other}\n`, [
      "--budget",
      "1",
      "--against",
      SONNET,
      "--format",
      "json",
    ]);
    expect(printed(named)).toMatchObject({ from: { model: SONNET, answers: 2 } });
    expect(named.stderr).toBe("");
  });

  it("of what another model answered: the present one is asked again, and it is said", async () => {
    await using api = await openLoopbackApi(apiOfModels());
    const usage = { input_tokens: 100, output_tokens: 2_000 };
    const other = JSON.stringify({
      params: { model: "claude-opus-5", max_tokens: 9, messages: [{ role: "user", content: "a" }] },
      answer: "of another",
      usage,
    });
    const own = samples(2, () => ({ answer: "billing", usage: { input_tokens: 100, output_tokens: 10 } }));
    const flags = ["--budget", "1", "--against", SONNET, "--format", "json"];
    const run = await trialOn(api.url, `${own}${other}\n`, flags);
    expect(run.stderr).toBe(`farthing: 1 answer in the samples came from another model: ${SONNET} is asked\n`);
    expect(printed(run)).toMatchObject({
      from: { model: SONNET, answers: 3, recorded: 2, tokens: { output: 30 } },
      outputRatio: { expected: 1 },
      agreement: { share: 1 },
    });
  });

  it("in a dry run, which calls no budget fitting while something has no limit", async () => {
    const media = { role: "user", content: [{ type: "image", source: {} }] };
    const picture = JSON.stringify({ params: { model: SONNET, max_tokens: 9, messages: [media] } });
    const dry = async (lines: string, budget: string): Promise<string> =>
      (await trialOn("http://127.0.0.1:1", lines, ["--dry-run", "--budget", budget])).stdout;
    expect(await dry(samples(1), "1")).toContain("; the budget of $1.00 fits\n");
    expect(await dry(`${samples(1)}${picture}\n`, "1")).toContain("; whether the budget of $1.00 fits is not known\n");
    expect(await dry(`${samples(1)}${picture}\n`, "0.001")).toContain(" does not fit\n");
  });

  it("from an empty file, or one that is not there", async () => {
    const empty = await trialOn("http://127.0.0.1:1", "\n", ["--budget", "1"]);
    expect([empty.exitCode, empty.stderr]).toEqual([3, "farthing: samples.ndjson: there is no sample in it\n"]);
    const missing = await trialOn("http://127.0.0.1:1", "\n", ["--budget", "1", "--samples", "none.ndjson"]);
    expect(missing.exitCode).toBe(3);
    expect(missing.stderr).toContain("none.ndjson: there is no such file");
  });
});
