import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { importAgentSdk, recordAgentSdk } from "@farthing/adapters/agent-sdk";
import { foldAccount, isEventOf, type LedgerEvent, openLedger } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { MemoryLedger } from "../import/support/memory-ledger.ts";
import { aCostReported } from "../support/a-cost-reported.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";

const MODEL = "claude-opus-5";
const START = { input_tokens: 10, cache_read_input_tokens: 100, cache_creation_input_tokens: 0, output_tokens: 1 };

function answer(id: string, usage: object = START, parent: string | null = null): object {
  const message = { id, model: MODEL, role: "assistant", stop_reason: null, usage };
  return { type: "assistant", message, parent_tool_use_id: parent, session_id: "s", uuid: `of ${id}` };
}

function result(uuid: string, usage: object, totalCostUsd = 1): object {
  return { type: "result", uuid, session_id: "s", stop_reason: "end_turn", total_cost_usd: totalCostUsd, usage };
}

async function imported(...messages: readonly unknown[]): Promise<MemoryLedger> {
  const ledger = new MemoryLedger();
  await importAgentSdk({ ledger, text: messages.map((each) => JSON.stringify(each)).join("\n"), name: "run", at: 0 });
  return ledger;
}

describe("an answer of an agent", () => {
  it("has the output its result tells where the result is about it alone", async () => {
    const ledger = await imported(answer("msg_1"), result("r", { ...START, output_tokens: 40 }));
    expect(ledger.responses()).toMatchObject([
      {
        id: "msg:msg_1",
        finality: "complete",
        output: "final",
        stopReason: "end_turn",
        context: { session: "s", agent: null },
        usage: { parts: [{ tokens: { uncachedInput: 10, cacheRead: 100, output: 40 } }] },
      },
    ]);
  });

  it.each([
    ["another answer shares the result", [answer("msg_1"), answer("msg_2")], { ...START, output_tokens: 40 }],
    ["the result counts other prompts too", [answer("msg_1")], { ...START, input_tokens: 11, output_tokens: 40 }],
    ["the result counts less than it shows", [answer("msg_1")], { ...START, output_tokens: 0 }],
  ])("is 'at least' what it shows where %s", async (_, answers, usage) => {
    const ledger = await imported(...answers, result("r", usage));
    for (const each of ledger.responses())
      expect(each).toMatchObject({ output: "lower-bound", finality: "placeholder" });
  });

  it("of a sub-agent does not hinder that of the main thread", async () => {
    const ledger = await imported(
      answer("msg_1"),
      answer("msg_2", START, "toolu_1"),
      result("r", { ...START, output_tokens: 40 }),
    );
    expect(ledger.response("msg:msg_1").output).toBe("final");
    expect(ledger.response("msg:msg_2")).toMatchObject({ output: "lower-bound", context: { agent: "toolu_1" } });
  });

  it("belongs to one result, and not to the next one of its session", async () => {
    const ledger = await imported(
      answer("msg_1"),
      result("r1", { ...START, output_tokens: 40 }),
      answer("msg_2"),
      result("r2", { ...START, output_tokens: 50 }),
    );
    expect(ledger.responses().map(({ usage }) => usage.parts[0]?.tokens.output)).toEqual([40, 50]);
  });

  it("has the counts of its own stream where that was asked for", async () => {
    const partial = (event: object): object => ({
      type: "stream_event",
      event,
      parent_tool_use_id: null,
      session_id: "s",
    });
    const message = { id: "msg_1", model: MODEL, usage: START };
    const ledger = await imported(
      partial({ type: "message_start", message }),
      answer("msg_1"),
      partial({
        type: "message_delta",
        delta: { stop_reason: "tool_use" },
        usage: { output_tokens: 70, input_tokens: null },
      }),
      answer("msg_2"),
      result("r", { ...START, input_tokens: 20, output_tokens: 99 }),
    );
    expect(ledger.response("msg:msg_1")).toMatchObject({
      output: "final",
      stopReason: "tool_use",
      usage: { parts: [{ tokens: { uncachedInput: 10, cacheRead: 100, output: 70 } }] },
    });
    expect(ledger.response("msg:msg_2").output).toBe("lower-bound");
  });

  it("counts once with what recorded it in full, whichever came first", async () => {
    const held = aRequestCompleted({
      id: "msg:msg_1",
      usage: aUsage({ uncachedInput: 10, cacheRead: 100, output: 40 }),
    });
    const stream = [...(await imported(answer("msg_1"), answer("msg_2"), result("r", START))).events.values()];
    for (const events of [
      [held, ...stream],
      [...stream, held],
    ]) {
      const { responses } = foldAccount(events);
      const tokens = responses.map(({ id, usage }) => [id, usage.parts[0]?.tokens.output]);
      expect(Object.fromEntries(tokens)).toEqual({ "msg:msg_1": 40, "msg:msg_2": 1 });
    }
  });

  it("keeps the time that was recorded, against one that is guessed", async () => {
    const ledger = new MemoryLedger();
    await ledger.append([aRequestCompleted({ id: "msg:msg_1", occurredAt: "2026-10-01T10:00:00.000Z" })]);
    const at = Date.parse("2026-11-01T10:00:00.000Z");
    await importAgentSdk({ ledger, text: JSON.stringify([answer("msg_1")]), name: "run", at });
    expect(ledger.response("msg:msg_1").occurredAt).toBe("2026-10-01T10:00:00.000Z");
  });
});

describe("what a client reckoned", () => {
  it("is kept with the tokens it is of, and is billed by nobody", async () => {
    const usage = { inputTokens: 10, outputTokens: 40, cacheReadInputTokens: 100, costUSD: 0.008627000000000001 };
    const ledger = await imported(answer("msg_1"), {
      ...result("r", { ...START, output_tokens: 40 }, 0.1 + 0.2),
      modelUsage: { [MODEL]: usage },
    });
    expect(ledger.events.get("agent-sdk:r")).toMatchObject({
      type: "CostReported",
      usd: "0.3",
      responses: ["msg:msg_1"],
      session: "s",
      models: [{ model: MODEL, usd: "0.008627", usage: { parts: [{ tokens: { uncachedInput: 10, output: 40 } }] } }],
    });
    expect(foldAccount([aCostReported()])).toMatchObject({ responses: [], failures: [], others: [] });
  });

  it("is found by its id, and is in no list that is held: there can be as many as there are responses", async () => {
    const path = join(emptyFolder(), "ledger");
    const event = aCostReported();
    await using ledger = await openLedger(path, { mode: "write", create: true });
    await ledger.append([event]);
    expect((await ledger.find([event.id])).get(event.id)).toEqual(event);
    expect((await ledger.account()).others).toEqual([]);
  });

  it("says nothing of prices that depend on the length of each prompt", async () => {
    const modelUsage = { "claude-sonnet-4-5": { inputTokens: 300_000, outputTokens: 1, costUSD: 0.9 } };
    const ledger = new MemoryLedger();
    const text = JSON.stringify({ ...result("r", START), modelUsage });
    const report = await importAgentSdk({ ledger, text, name: "run", at: Date.parse("2026-01-01T00:00:00Z") });
    expect(report.differences).toMatchObject([{ reportedUsd: "0.9", usd: null, differenceUsd: null }]);
  });
});

describe("a stream that is tapped", () => {
  it("goes on where recording fails, and ends where its reader leaves it", async () => {
    let ended = false;
    async function* stream(): AsyncGenerator {
      try {
        yield* [answer("msg_1"), null, answer("msg_2"), answer("msg_3")].map((each) => Promise.resolve(each));
      } finally {
        ended = true;
      }
    }
    const read: unknown[] = [];
    const sink = {
      record: () => {
        throw new Error("full");
      },
    };
    for await (const message of recordAgentSdk(stream(), sink)) {
      read.push(message);
      if (read.length === 3) break;
    }
    expect([read.length, ended]).toEqual([3, true]);
  });

  it("gives its labels and its service to what it records", async () => {
    const events: LedgerEvent[] = [];
    async function* stream(): AsyncGenerator {
      yield await Promise.resolve(answer("msg_1"));
    }
    const options = { labels: { workload: "triage" }, context: { service: "helpdesk" } };
    for await (const _ of recordAgentSdk(stream(), { record: (event) => void events.push(event) }, options));
    expect(events.filter((event) => isEventOf(event, "RequestCompleted"))).toMatchObject([
      { labels: { workload: "triage" }, context: { service: "helpdesk", session: "s" } },
    ]);
  });
});

it("an import names lines that are no messages, takes the others, and exits 3", async () => {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, "run.ndjson"), `${JSON.stringify(answer("msg_1"))}\nnonsense\n7\n`);
  const { exitCode, stdout } = await runCli(["import", "agent-sdk", "run.ndjson", "--ledger", "l"], { cwd });
  expect(exitCode).toBe(3);
  expect(stdout).toContain("run.ndjson:2: malformed-json");
  expect(stdout).toContain("run.ndjson:3: not-an-object");
  expect(stdout).toContain("1 new");
});

describe("what a stream does not tell of its result", () => {
  /** A million tokens of output on Opus 5: $25. */
  const reported = (uuid: string, millions: number): object => ({
    ...result(uuid, { ...START, output_tokens: millions * 1_000_000 }, 25 * millions),
    modelUsage: {
      [MODEL]: { inputTokens: 0, outputTokens: millions * 1_000_000, cacheReadInputTokens: 0, costUSD: 25 * millions },
    },
  });
  const told = async (...messages: readonly unknown[]): Promise<readonly [reported: string, unrecorded: string]> => {
    const text = messages.map((each) => JSON.stringify(each)).join("\n");
    const report = await importAgentSdk({ ledger: new MemoryLedger(), text, name: "run", at: Date.UTC(2026, 10, 1) });
    return [report.reportedUsd, report.unrecordedUsd];
  };

  it("is told in dollars where no answer stands beside it, or one that shows a part", async () => {
    expect(await told(reported("r", 2))).toEqual(["50", "50"]);
    const part = answer("msg_1", { input_tokens: 0, output_tokens: 500_000 });
    expect(await told(part, answer("msg_2", { input_tokens: 0, output_tokens: 0 }), reported("r", 2))).toEqual([
      "50",
      "37.5",
    ]);
  });

  it("is nothing where the answer is whole", async () => {
    const whole = {
      ...result("r", { input_tokens: 0, output_tokens: 1_000_000 }, 25),
      modelUsage: { [MODEL]: { inputTokens: 0, outputTokens: 1_000_000, costUSD: 25 } },
    };
    expect(await told(answer("msg_1", { input_tokens: 0, output_tokens: 1 }), whole)).toEqual(["25", "0"]);
  });

  it("is said by the command, in place of nothing", async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, "run.json"), JSON.stringify(reported("r", 2)));
    const { stdout } = await runCli(["import", "agent-sdk", "run.json", "--ledger", "l"], { cwd });
    expect(stdout).toContain("missing   $50.00 of the $50.00 reckoned is on no whole response here");
  });
});

it.each([
  ["an object without a type", JSON.stringify({ metadata: {}, messages: [{ usage: START }] })],
  ["lines of something else", "---\nmessages:\n  - type: assistant\n"],
])("a file that is %s is no stream, which is said once", async (_, text) => {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, "run"), text);
  const args = ["import", "agent-sdk", "run", "--ledger", "l", "--format", "json"];
  const { exitCode, stdout } = await runCli(args, { cwd });
  const { skipped } = JSON.parse(stdout) as { skipped: object };
  expect([exitCode, skipped]).toMatchObject([3, { total: 1, byReason: { "unknown-format": 1 } }]);
});
