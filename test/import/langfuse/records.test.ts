import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder, runCli } from "../../support/run-cli.ts";
import { aBucketRow, anObservation } from "../support/langfuse-rows.ts";
import { aLoggedPayload } from "../support/litellm-rows.ts";
import { bucketsIn, bucketsOf, failuresIn, imported, SECRETS, USED } from "../support/records.ts";

function of(id: string, parentObservationId: string | null, input: number, output: number, others = {}): object {
  return anObservation({ id, parentObservationId, usageDetails: cached(input, 0, output), ...others });
}

function cached(input: number, cache_read_input_tokens: number, output: number): object {
  return { input, output, cache_read_input_tokens, total: input + cache_read_input_tokens + output };
}

function aSpan(id: string, parentObservationId: string): object {
  return { id, parentObservationId, type: "SPAN" };
}

describe("a generation of Langfuse", () => {
  it("is one response with its times, its session and what it was named", async () => {
    const { ledger } = await imported("langfuse", [[anObservation()]]);
    expect(ledger.responses()).toMatchObject([
      {
        id: "langfuse:observation-1",
        servedModel: "claude-opus-5",
        occurredAt: "2026-10-01T10:00:04.000Z",
        timing: { startedAt: "2026-10-01T10:00:00.000Z", firstTokenAt: "2026-10-01T10:00:01.000Z" },
        context: { session: "session-1", environment: "production" },
        labels: { observation: "summarise", "prompt-name": "summary", tags: "nightly" },
        usage: { parts: [{ tokens: bucketsOf(USED) }] },
      },
    ]);
  });

  it("counts once, from the API, a page, a trace and a bucket, however often it is imported", async () => {
    const { ledger } = await imported("langfuse", [[anObservation()], [aBucketRow()]]);
    const once = ledger.account();
    expect(bucketsIn(ledger)).toEqual([bucketsOf(USED)]);
    const { report } = await imported(
      "langfuse",
      [
        JSON.stringify({ data: [anObservation()], meta: { page: 1 } }),
        JSON.stringify({ id: "trace-1", observations: [anObservation()] }, null, 2),
        `${JSON.stringify(aBucketRow())}\n`,
      ],
      ledger,
    );
    expect(ledger.account()).toBe(once);
    expect(report.outcomes).toMatchObject({ appended: 0, merged: 0, conflict: 0 });
  });

  it("that LiteLLM wrote is the call that LiteLLM logged", async () => {
    const { ledger } = await imported("litellm", [[aLoggedPayload()]]);
    const metadata = { litellm_response_cost: 0.0325 };
    await imported("langfuse", [[anObservation({ id: "time-10-00-00-123456_chatcmpl-1", metadata })]], ledger);
    expect(ledger.responses().map(({ id, sources }) => [id, sources])).toEqual([
      ["litellm:chatcmpl-1", ["langfuse", "litellm"]],
    ]);
    expect(bucketsIn(ledger)).toEqual([bucketsOf(USED)]);
  });

  it.each([
    [{ type: "SPAN" }, "not-a-call"],
    [{ type: "TOOL" }, "not-a-call"],
    [{ model: "gpt-4o" }, "other-provider"],
    [{ model: null }, "no-model"],
    [{ startTime: null }, "no-timestamp"],
    [{ metadata: { cache_hit: true } }, "gateway-cache"],
  ])("is left out and counted where it is %j", async (overrides, reason) => {
    const { ledger, report } = await imported("langfuse", [[anObservation(overrides)]]);
    expect([ledger.events.size, report.skipped.byReason]).toEqual([0, { [reason]: 1 }]);
  });

  it("does not count beside its parts, in whichever file they are", async () => {
    const run = anObservation({ id: "run" });
    const part = anObservation({ id: "part", parentObservationId: "run" });
    for (const files of [[[run, part]], [[run], [part]], [[part], [run]]]) {
      const { ledger, report } = await imported("langfuse", files);
      expect(ledger.responses().map(({ id }) => id)).toEqual(["langfuse:part"]);
      expect(report.skipped.byReason).toEqual({ "sum-of-others": 1 });
    }
  });

  it.each<readonly [string, readonly object[], readonly string[], object]>([
    [
      "does not count where what it counts is in it, however deep",
      [of("run", null, 1e6, 1e5), aSpan("span", "run"), of("call", "span", 1e6, 1e5)],
      ["call"],
      {},
    ],
    [
      "does not count where it sums up sums, and calls of several models",
      [
        of("run", null, 60, 6),
        of("half", "run", 30, 3),
        of("a", "half", 10, 1),
        of("b", "half", 20, 2),
        of("c", "run", 30, 3, { model: "gpt-4o" }),
      ],
      ["a", "b"],
      {},
    ],
    [
      "does not count where its parts tell apart what is cached",
      [of("run", null, 1000, 6), of("a", "run", 100, 6, { usageDetails: cached(100, 900, 6) })],
      ["a"],
      {},
    ],
    [
      "counts beside those that were made in it where its tokens are others",
      [of("outer", null, 1e6, 1e5), of("inner", "outer", 10, 10)],
      ["inner", "outer"],
      {},
    ],
    [
      "counts where what is in it is imported nowhere",
      [of("outer", null, 10, 10), of("inner", "outer", 10, 10, { model: "gpt-4o" })],
      ["outer"],
      {},
    ],
    [
      "counts where what is in it tells no tokens",
      [of("outer", null, 10, 10), of("inner", "outer", 0, 0)],
      ["outer"],
      { "no-usage": 1 },
    ],
    [
      "is unknown where some in it tell no tokens",
      [of("outer", null, 30, 30), of("a", "outer", 10, 10), of("b", "outer", 0, 0)],
      ["a"],
      { "call-or-sum": 1, "no-usage": 1 },
    ],
    [
      "is unknown where it repeats one of several in it",
      [of("outer", null, 20, 20), of("a", "outer", 10, 10), of("b", "outer", 20, 20)],
      ["a", "b"],
      { "call-or-sum": 1 },
    ],
    [
      "is unknown where it shares their output alone",
      [of("outer", null, 30, 20), of("a", "outer", 10, 20)],
      ["a"],
      { "call-or-sum": 1 },
    ],
    ["counts where it is within itself", [of("a", "b", 10, 10), of("b", "a", 20, 20)], ["a", "b"], {}],
  ])("%s", async (_, rows, calls, unclear) => {
    for (const order of [rows, rows.toReversed()]) {
      const { ledger, report } = await imported("langfuse", [order]);
      const ids = ledger.responses().map(({ id }) => id.replace("langfuse:", ""));
      expect([ids.sort(), report.unclear.byReason]).toEqual([calls, unclear]);
    }
  });

  it("that failed without a count is a failure at unknown cost; with one, its output is at least that", async () => {
    const { ledger, report } = await imported("langfuse", [
      [
        anObservation({ id: "1", level: "ERROR", usageDetails: {}, costDetails: {} }),
        anObservation({ id: "2", level: "ERROR" }),
      ],
    ]);
    expect(failuresIn(ledger)).toMatchObject([{ id: "langfuse:1", cost: "unknown", errorType: "unknown_error" }]);
    expect(ledger.responses()).toMatchObject([{ id: "langfuse:2", type: "RequestInterrupted", output: "lower-bound" }]);
    expect(report.unclear.total).toBe(0);
  });

  it("without an end is priced at its start, and its time is an estimate", async () => {
    const { ledger } = await imported("langfuse", [[anObservation({ endTime: null })]]);
    expect(ledger.responses()).toMatchObject([
      { occurredAt: "2026-10-01T10:00:00.000Z", timing: { occurredAtProvenance: "estimated" } },
    ]);
  });
});

describe("what Langfuse shows as the cost of a call", () => {
  it("is kept beside the account and told where it differs", async () => {
    const { ledger, report } = await imported("langfuse", [[anObservation({ costDetails: { input: 1, total: 1.5 } })]]);
    expect(ledger.events.get("cost:langfuse:observation-1")).toMatchObject({ type: "CostReported", usd: "1.5" });
    expect(report.stated).toMatchObject([{ differing: 1, statedUsd: "1.5", usd: "0.0325", differenceUsd: "-1.4675" }]);
  });
});

describe("farthing import langfuse", () => {
  it("keeps no prompt, no answer, no address and no user in any file of the ledger", async () => {
    const cwd = emptyFolder();
    const rows = [
      anObservation({ name: SECRETS[3], sessionId: SECRETS[2] }),
      anObservation({ id: "2", type: SECRETS[3] }),
      anObservation({ id: "3", usageDetails: { input: 1, output: 1, [SECRETS[2]]: 1 } }),
      aBucketRow({ id: SECRETS[3] }),
      anObservation({ id: "4", metadata: { attributes: { "gen_ai.response.id": "msg_of a poem" } } }),
      anObservation({ id: "time-10-00-00-123456_msg_of a poem" }),
    ];
    writeFileSync(join(cwd, "rows.json"), JSON.stringify(rows));
    const { exitCode, stdout } = await runCli(["import", "langfuse", "rows.json", "--ledger", "l"], { cwd });
    const files = readdirSync(join(cwd, "l"), { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    const bytes = files.map((each) => readFileSync(join(each.parentPath, each.name), "latin1")).join("\n");
    expect([exitCode, bytes.includes("langfuse:observation-1")]).toEqual([0, true]);
    for (const secret of [...SECRETS, "of a poem"])
      expect([secret, bytes.includes(secret), stdout.includes(secret)]).toEqual([secret, false, false]);
  });

  it("refuses a pipe, which cannot be read twice, says what to do, and makes no ledger", async () => {
    const cwd = emptyFolder();
    execFileSync("mkfifo", [join(cwd, "pipe")]);
    const { exitCode, stderr } = await runCli(["import", "langfuse", "pipe", "--ledger", "l"], { cwd });
    expect([exitCode, readdirSync(cwd)]).toEqual([3, ["pipe"]]);
    expect(stderr).toContain("pipe: not a regular file");
    expect(stderr).toContain("write it to a file and import that");
  });

  it("says what it brought, what is assumed, and refuses a table", async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, "a.json"), JSON.stringify([anObservation({ usageDetails: { input: 1000, output: 400 } })]));
    const { exitCode, stdout } = await runCli(["import", "langfuse", "a.json", "--ledger", "l"], { cwd });
    expect([exitCode, ...stdout.split("\n").slice(1)]).toEqual([
      0,
      "  records   1, of which 1 tell of a call of Claude",
      "  events    2 new, 0 completed by a later snapshot, 0 known already",
      "  skipped   nothing",
      "  assumed   1 call told no cached tokens: their prompts count as uncached",
      "  stated    claude-opus-5: stated $0.0325 in 1 record, here $0.015; 1 differ (-$0.0175)",
      "",
    ]);
    writeFileSync(join(cwd, "a.csv"), "id,type\n1,GENERATION\n");
    const table = await runCli(["import", "langfuse", "a.csv", "--ledger", "l"], { cwd });
    expect([table.exitCode, table.stdout]).toEqual([3, expect.stringContaining("it is CSV: export JSON or JSONL")]);
  });
});
