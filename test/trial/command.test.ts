import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLedger, type KnownEvent, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { errorReply, openLoopbackApi } from "../support/loopback-api.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { apiOfModels, type AskedOfApi } from "../support/api-of-models.ts";
import { aSample, printed, samples, SECRET, trialOn } from "./samples.ts";

const HAIKU = "claude-haiku-5-5";
const SONNET = "claude-sonnet-5";

async function eventsOf(ledger: string): Promise<readonly LedgerEvent[]> {
  await using opened = await openLedger(ledger, { mode: "read" });
  const events: LedgerEvent[] = [];
  for await (const { event } of opened.read()) events.push(event);
  return events;
}

function ofType(events: readonly LedgerEvent[], type: KnownEvent["type"]): readonly LedgerEvent[] {
  return events.filter((event) => event.type === type);
}

describe("farthing trial", () => {
  it("asks both models, and says what each took and how many answers agree", async () => {
    // Haiku writes three answers in four as Sonnet does, of half the length, and counts 120 tokens for 100.
    const isHaiku = ({ model }: AskedOfApi): boolean => model === HAIKU;
    const numberOf = ({ messages }: AskedOfApi): number => Number(messages[0]?.content.split(" ").at(-1));
    await using api = await openLoopbackApi(
      apiOfModels({
        text: (asked) => (isHaiku(asked) && numberOf(asked) === 3 ? "technical" : "billing"),
        usage: (asked) => (isHaiku(asked) ? { input_tokens: 120, output_tokens: 5 } : {}),
      }),
    );
    const run = await trialOn(api.url, samples(4), ["--budget", "1", "--format", "json"]);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    expect(printed(run)).toMatchObject({
      from: { model: SONNET, answers: 4, recorded: 0, failures: [], usd: "0.0012" },
      // 4 x (120 x $0.10 + 5 x $0.50) per million.
      to: { model: HAIKU, answers: 4, tokens: { uncachedInput: 480, output: 20 }, usd: "0.000058" },
      pairs: 4,
      promptRatio: { low: 1.2, expected: 1.2, high: 1.2 },
      outputRatio: { low: 0.5, expected: 0.5, high: 0.5 },
      agreement: { by: "exact", compared: 4, notComparable: 0, share: 0.75 },
      spentUsd: "0.001258",
      notSent: [],
    });
  });

  it("records its calls with a label and what they came to, so that spend stays exact", async () => {
    await using api = await openLoopbackApi(apiOfModels());
    const run = await trialOn(api.url, samples(3), ["--budget", "1", "--format", "json"]);
    const { trial, spentUsd } = printed(run);
    const events = await eventsOf(run.ledger);
    const calls = ofType(events, "RequestCompleted");
    expect(calls).toHaveLength(6);
    for (const call of calls) {
      expect(call).toMatchObject({ labels: { "farthing-trial": trial }, context: { service: "farthing-trial" } });
    }
    expect(ofType(events, "TrialRecorded")).toMatchObject([{ id: trial, spentUsd, samples: 3, workload: null }]);
    const spend = await runCli(["spend", "--ledger", run.ledger, "--format", "json"]);
    expect(printed(spend)).toMatchObject({ total: { requests: 6, usd: spentUsd } });
  });

  it("writes neither prompts nor answers nor the key anywhere", async () => {
    const answer = "the-answer-of-the-model";
    await using api = await openLoopbackApi(apiOfModels({ text: () => answer }));
    for (const format of ["text", "json"]) {
      const run = await trialOn(api.url, samples(3), ["--budget", "1", "--format", format]);
      expect(run.exitCode).toBe(0);
      const written = [run.stdout, run.stderr, ...filesBelow(run.ledger)].join("\n");
      for (const text of [SECRET, answer, "sk-ant-secret"]) expect(written).not.toContain(text);
    }
    // They were there to be written.
    expect(api.requests[0]?.body).toContain(SECRET);
    expect(JSON.stringify(api.requests[0]?.headers)).toContain("sk-ant-secret");
  });

  it("sends what is recorded already to the candidate alone", async () => {
    await using api = await openLoopbackApi(apiOfModels());
    const usage = { input_tokens: 100, output_tokens: 20 };
    const run = await trialOn(
      api.url,
      samples(3, () => ({ answer: "billing", usage })),
      ["--budget", "1", "--format", "json"],
    );
    const asked = api.requests
      .filter(({ path }) => path.endsWith("/messages"))
      .map(({ body }) => JSON.parse(body) as AskedOfApi);
    expect(asked.map(({ model }) => model)).toEqual([HAIKU, HAIKU, HAIKU]);
    expect(printed(run)).toMatchObject({
      from: { answers: 3, recorded: 3, latencyMs: null },
      outputRatio: { expected: 0.5 },
      agreement: { share: 1 },
    });
  });

  it("counts an answer without its usage as compared, and as measured nowhere", async () => {
    await using api = await openLoopbackApi(apiOfModels());
    const run = await trialOn(
      api.url,
      samples(3, () => ({ answer: "billing" })),
      ["--budget", "1", "--format", "json"],
    );
    expect(printed(run)).toMatchObject({ pairs: 0, promptRatio: null, outputRatio: null, agreement: { share: 1 } });
  });

  it("shows errors by class, and goes on", async () => {
    await using api = await openLoopbackApi(
      apiOfModels({
        instead: ({ model, messages }) =>
          model === HAIKU && messages[0]?.content.endsWith("1") === true
            ? errorReply(400, "invalid_request_error")
            : null,
      }),
    );
    const run = await trialOn(api.url, samples(4), ["--budget", "1"]);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toContain(`FAILED     1 request to ${HAIKU}: invalid_request_error`);
    expect(run.stdout).toContain("100.0 % of 3 samples agree");
    expect(run.stdout).not.toContain("a invalid_request_error");
  });

  it("asks again where the API was too busy, as soon as it says", async () => {
    const busy = new Set<string>();
    await using api = await openLoopbackApi(
      apiOfModels({
        instead: ({ model, messages }) => {
          const name = `${model} ${messages[0]?.content ?? ""}`;
          if (busy.has(name)) return null;
          busy.add(name);
          return errorReply(529, "overloaded_error", { headers: { "retry-after": "0" } });
        },
      }),
    );
    const run = await trialOn(api.url, samples(2), ["--budget", "1", "--format", "json"]);
    expect(printed(run)).toMatchObject({ pairs: 2, to: { failures: [] } });
    // Every attempt is an event, as of any other client.
    expect(ofType(await eventsOf(run.ledger), "RequestFailed")).toHaveLength(4);
  });

  it("ends with 1 where the candidate answered nothing, and is recorded all the same", async () => {
    await using api = await openLoopbackApi(
      apiOfModels({ instead: ({ model }) => (model === HAIKU ? errorReply(404, "not_found_error") : null) }),
    );
    const run = await trialOn(api.url, samples(2), ["--budget", "1"]);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain("no answers could be compared");
    expect(ofType(await eventsOf(run.ledger), "TrialRecorded")).toMatchObject([
      { pairs: 0, agreement: { share: null }, to: { failures: [{ errorType: "not_found_error", requests: 2 }] } },
    ]);
  });

  it("ends with 1 where each model answered, and never both the same sample", async () => {
    await using api = await openLoopbackApi(
      apiOfModels({
        instead: ({ model, messages }) =>
          (model === HAIKU) === (messages[0]?.content.endsWith("1") === true)
            ? errorReply(400, "invalid_request_error")
            : null,
      }),
    );
    const run = await trialOn(api.url, samples(2), ["--budget", "1", "--format", "json"]);
    expect(printed(run)).toMatchObject({ from: { answers: 1 }, to: { answers: 1 }, pairs: 0 });
    expect(run.exitCode).toBe(1);
  });

  it("takes two refusals for no answers that agree", async () => {
    await using api = await openLoopbackApi(apiOfModels({ text: () => "", stopReason: () => "refusal" }));
    const run = await trialOn(api.url, samples(2), ["--budget", "1"]);
    expect(run.exitCode).toBe(1);
    expect(run.stdout).toContain("no answers could be compared");
    expect(run.stdout).toContain(`FAILED     2 requests to ${HAIKU}: refusal`);
  });

  it("reads answers as they are written, so that none is too long to wait for", async () => {
    await using api = await openLoopbackApi(apiOfModels());
    const long = samples(1, () => ({
      params: { model: SONNET, max_tokens: 64_000, messages: [{ role: "user", content: "a" }] },
    }));
    const run = await trialOn(api.url, long, ["--budget", "10", "--format", "json"]);
    expect([run.exitCode, run.stderr]).toEqual([0, ""]);
    const asked = api.requests
      .filter(({ path }) => path.endsWith("/messages"))
      .map(({ body }) => JSON.parse(body) as AskedOfApi);
    expect(asked.map(({ stream }) => stream)).toEqual([true, true]);
    expect(printed(run)).toMatchObject({ pairs: 1, from: { tokens: { uncachedInput: 100, output: 10 } } });
  });

  it("says of too few samples that they narrow nothing", async () => {
    await using api = await openLoopbackApi(apiOfModels());
    const asked = async (count: number): Promise<string> =>
      (await trialOn(api.url, samples(count), ["--budget", "1", "--workload", "chat"])).stdout.replaceAll(/\s+/g, " ");
    expect(await asked(19)).toContain("reports on chat may name it, and under 20 samples narrow no range");
    expect(await asked(20)).toContain("reports on chat use it");
  });

  it("asks each sample as often as it is told, and counts it once", async () => {
    let asked = 0;
    await using api = await openLoopbackApi(
      apiOfModels({ text: ({ model }) => (model === HAIKU ? String(asked++ % 2) : "0") }),
    );
    const run = await trialOn(api.url, samples(5), [
      "--budget",
      "1",
      "--repeat",
      "2",
      "--concurrency",
      "1",
      "--format",
      "json",
    ]);
    expect(printed(run)).toMatchObject({ pairs: 10, repeat: 2, agreement: { compared: 5, share: 0.5 } });
  });

  it("compares by a module of one's own, whose errors stay unsaid", async () => {
    await using api = await openLoopbackApi(apiOfModels({ text: ({ messages }) => messages[0]?.content.at(-1) ?? "" }));
    const folder = emptyFolder();
    const judge = `export default ({ expected, answer, params }) => {
      if (answer.text === "2") throw new Error(answer.text + params.messages[0].content);
      return expected.text === answer.text && params.max_tokens === 200;
    };\n`;
    writeFileSync(join(folder, "judge.mjs"), judge);
    const run = await trialOn(api.url, samples(4), ["--budget", "1", "--agree", "judge.mjs", "--format", "json"], {
      folder,
    });
    expect(printed(run)).toMatchObject({ agreement: { by: "function", compared: 3, notComparable: 1, share: 1 } });
    expect(run.stdout + run.stderr).not.toContain(SECRET);
  });

  it("compares fields of JSON", async () => {
    await using api = await openLoopbackApi(
      apiOfModels({ text: ({ model }) => `\`\`\`json\n{"label":"billing","why":"${model}"}\n\`\`\`` }),
    );
    const flags = ["--budget", "1", "--agree", "json-fields", "--format", "json"];
    const some = await trialOn(api.url, samples(2), [...flags, "--fields", "label"]);
    const all = await trialOn(api.url, samples(2), flags);
    const misspelt = await trialOn(api.url, samples(2), [...flags, "--fields", "lable"]);
    expect(printed(some)).toMatchObject({ agreement: { by: "json-fields", share: 1 } });
    expect(printed(all)).toMatchObject({ agreement: { share: 0 } });
    expect(printed(misspelt)).toMatchObject({ agreement: { compared: 0, notComparable: 2, share: null } });
  });

  it("asks the candidate for nothing that it is known not to take, and says so", async () => {
    await using api = await openLoopbackApi(apiOfModels());
    const line = `${JSON.stringify(aSample(0, { params: { ...(aSample(0) as { params: object }).params, max_tokens: 100_000, thinking: { type: "adaptive" } } }))}\n`;
    const run = await trialOn(api.url, line, ["--budget", "100", "--model", "claude-haiku-4-5", "--format", "json"]);
    const bodies = api.requests
      .filter(({ path }) => path.endsWith("/messages"))
      .map(({ body }) => JSON.parse(body) as AskedOfApi);
    const candidate = bodies.find(({ model }) => model === "claude-haiku-4-5");
    expect(candidate).toMatchObject({ max_tokens: 64_000 });
    expect(candidate).not.toHaveProperty("thinking");
    expect(printed(run)).toMatchObject({
      changes: [
        { change: "max-tokens-lowered", samples: 1 },
        { change: "thinking-left-out", samples: 1 },
      ],
    });
  });
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
}
