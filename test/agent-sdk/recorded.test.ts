import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { importAgentSdk, recordAgentSdk } from "@farthing/adapters/agent-sdk";
import type { LedgerEvent } from "@farthing/ledger";
import { expect, it } from "vitest";
import { MemoryLedger } from "../import/support/memory-ledger.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { describeWithSharedData } from "../support/shared-data.ts";
import { recordedStreams } from "./recorded-streams.ts";

const AT = Date.parse("2026-03-20T12:00:00.000Z");

/** Dollars per million tokens, by hand: input, output, cache read, five-minute cache write. */
const SONNET = [3, 15, 0.3, 3.75] as const;
const OPUS = [5, 25, 0.5, 6.25] as const;

/**
 * Counts of each result as its file has them: input, output, cache read, cache write. Client 2.1.63 priced its Sonnet 4.6
 * at the rates of Opus; 1.0.100 and 2.1.4 priced what they ran correctly.
 */
const MISPRICED: Readonly<Record<string, readonly [number, number, number, number]>> = {
  "openinference-test_client_real_agent_span.yaml": [3, 4, 17_024, 0],
  "openinference-test_client_tool_hooks_create_tool_spans.yaml": [4, 186, 34_160, 197],
  "openinference-test_query_real_agent_span.yaml": [3, 4, 17_024, 0],
  "openinference-test_query_task_subagent_spans.yaml": [8, 373, 59_771, 306],
  "openinference-test_query_tool_fallback_when_hooks_unavailable.yaml": [4, 131, 34_303, 0],
  "openinference-test_query_tool_spans_from_messages.yaml": [4, 155, 34_327, 0],
};

describeWithSharedData("recorded streams of the Claude Agent SDK", "agent-sdk", (folder) => {
  const streams = recordedStreams(folder);

  it("differ from the right price where their client took the rates of another model, and nowhere else", async () => {
    const differing: Record<string, unknown> = {};
    for (const [name, messages] of streams) {
      const ledger = new MemoryLedger();
      const report = await importAgentSdk({ ledger, text: JSON.stringify(messages), name, at: AT });
      expect([name, report.results]).toEqual([name, 1]);
      if (report.differences.length > 0) differing[name] = report.differences;
    }
    const expected = Object.entries(MISPRICED).map(([name, counts]) => {
      const [right, reported] = [dollars(counts, SONNET), dollars(counts, OPUS)];
      return [name, [expect.objectContaining({ model: "claude-sonnet-4-6", usd: right, reportedUsd: reported })]];
    });
    expect(differing).toEqual(Object.fromEntries(expected));
  });

  it("bill each message once, with its final output where one result is about one message", async () => {
    const billed: Record<string, unknown> = {};
    for (const [name, messages] of streams) {
      const ledger = new MemoryLedger();
      await importAgentSdk({ ledger, text: JSON.stringify(messages), name, at: AT });
      billed[name] = ledger
        .responses()
        .map(({ id, output, usage }) => [id.slice(0, 9), output, usage.parts[0]?.tokens.output]);
    }
    expect(billed).toEqual({
      "logfire-basic_conversation.json": [["msg:msg_0", "final", 5]],
      "logfire-tool_use_conversation.json": bounds(0, 1),
      "openinference-test_client_real_agent_span.yaml": [["msg:msg_0", "final", 4]],
      "openinference-test_client_tool_hooks_create_tool_spans.yaml": bounds(0, 1),
      "openinference-test_query_real_agent_span.yaml": [["msg:msg_0", "final", 4]],
      "openinference-test_query_task_subagent_spans.yaml": bounds(0, 26, 1),
      "openinference-test_query_tool_fallback_when_hooks_unavailable.yaml": bounds(0, 1),
      "openinference-test_query_tool_spans_from_messages.yaml": bounds(0, 1),
      "vecsum-529-result.json": [],
    });
  });

  it("come through the tap as they are, and leave the same events as their files", async () => {
    for (const [name, messages] of streams) {
      const recorded: LedgerEvent[] = [];
      const passed: unknown[] = [];
      for await (const message of recordAgentSdk(streamOf(messages), {
        record: (event) => void recorded.push(event),
      })) {
        passed.push(message);
      }
      expect(passed.every((message, index) => message === messages[index])).toBe(true);
      const ledger = new MemoryLedger();
      await importAgentSdk({ ledger, text: JSON.stringify(messages), name, at: AT });
      const tapped = new MemoryLedger();
      await tapped.append(recorded);
      const facts = (each: MemoryLedger): unknown =>
        each.responses().map(({ id, usage, output }) => [id, usage, output]);
      expect([name, facts(tapped)]).toEqual([name, facts(ledger)]);
    }
  });

  it("change nothing when they are imported again, and name what differs", async () => {
    const cwd = emptyFolder();
    for (const [name, messages] of streams) writeFileSync(join(cwd, `${name}.ndjson`), lines(messages));
    const files = [...streams.keys()].map((name) => `${name}.ndjson`);
    const command = ["import", "agent-sdk", ...files, "--ledger", "l", "--at", "2026-03-20T12:00:00Z"];
    const first = await runCli(command, { cwd });
    const spend = await runCli(["spend", "--ledger", "l", "--format", "json"], { cwd });
    const second = await runCli(command, { cwd });
    expect([first.exitCode, second.exitCode, second.stdout]).toEqual([
      0,
      0,
      expect.stringContaining("0 new, 0 completed"),
    ]);
    expect(first.stdout).toContain("6 figures of clients differ from the price of the same tokens:");
    expect(first.stdout).toContain("claude-sonnet-4-6: reported $0.008627, here $0.0051762 (-$0.0034508)");
    expect(first.stdout).toContain("1 synthetic");
    expect((await runCli(["spend", "--ledger", "l", "--format", "json"], { cwd })).stdout).toBe(spend.stdout);
  });
});

function dollars(counts: readonly number[], rates: readonly number[]): string {
  const millionths = counts.reduce((sum, count, index) => sum + count * (rates[index] ?? 0), 0);
  return String(Number((millionths / 1e6).toFixed(12)));
}

function bounds(...outputs: readonly number[]): readonly unknown[] {
  return outputs.map((output) => ["msg:msg_0", "lower-bound", output]);
}

async function* streamOf(messages: readonly unknown[]): AsyncGenerator {
  for (const message of messages) yield await Promise.resolve(message);
}

function lines(messages: readonly unknown[]): string {
  return messages.map((message) => `${JSON.stringify(message)}\n`).join("");
}
