import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { importLitellm } from "@farthing/adapters/litellm";
import { describe, expect, it } from "vitest";
import { emptyFolder, runCli } from "../../support/run-cli.ts";
import { aLoggedPayload, aSpendLog, usageObject } from "../support/litellm-rows.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";
import {
  ADDRESS,
  aFile,
  bucketsIn,
  bucketsOf,
  failuresIn,
  imported,
  KEY,
  PROMPT,
  SECRETS,
  USED,
  USED_USD,
} from "../support/records.ts";

describe("a call that LiteLLM logged", () => {
  it("is one response with its times, its session and whose key it was", async () => {
    const { ledger } = await imported("litellm", [[aSpendLog()]]);
    expect(ledger.responses()).toMatchObject([
      {
        id: "litellm:chatcmpl-1",
        servedModel: "claude-opus-5",
        output: "final",
        occurredAt: "2026-10-01T10:00:04.000Z",
        timing: { startedAt: "2026-10-01T10:00:00.000Z", firstTokenAt: "2026-10-01T10:00:01.000Z" },
        context: { session: "session-1" },
        labels: {
          key: "search",
          "key-hash": "a".repeat(64),
          "model-group": "claude-prod",
          tags: "nightly",
          team: "research",
        },
      },
    ]);
  });

  it("counts once, from its table and from a bucket, however often and in whatever form it is imported", async () => {
    const { ledger } = await imported("litellm", [[aSpendLog()], [aLoggedPayload()]]);
    const once = ledger.account();
    expect(bucketsIn(ledger)).toEqual([bucketsOf(USED)]);
    const texts = {
      metadata: JSON.stringify((aSpendLog() as { metadata: object }).metadata),
      request_tags: '["nightly"]',
    };
    const page = { data: [aSpendLog(texts)], total: 1, page: 1 };
    const { report } = await imported(
      "litellm",
      [JSON.stringify(page, null, 2), `${JSON.stringify(aSpendLog())}\n${JSON.stringify(aLoggedPayload())}\n`],
      ledger,
    );
    expect(ledger.account()).toBe(once);
    expect(report.outcomes).toMatchObject({ appended: 0, merged: 0, conflict: 0 });
  });

  it("is the one a client recorded, where its id is the API's", async () => {
    const { ledger } = await imported("litellm", [
      [aSpendLog({ request_id: "msg_1" }), aLoggedPayload({ response: { id: "msg_1" } })],
    ]);
    expect(ledger.responses().map(({ id, ids }) => [id, ids.message, ids.request])).toEqual([
      ["msg:msg_1", "msg_1", "req_1"],
    ]);
  });

  it("keeps as many of its tags as a label holds, and says how many it leaves out", async () => {
    const tags = ["a", "b", "c", "d"].map((letter) => letter.repeat(40));
    const { ledger } = await imported("litellm", [
      [
        aSpendLog({ request_tags: tags.slice(0, 2) }),
        aSpendLog({ request_id: "2", request_tags: [...tags].reverse() }),
        aSpendLog({ request_id: "3", request_tags: ["e".repeat(110), "f".repeat(110)] }),
      ],
    ]);
    expect(ledger.responses().map(({ labels }) => labels["tags"])).toEqual([
      `${"a".repeat(40)},${"b".repeat(40)}`,
      `${"a".repeat(40)},${"b".repeat(40)},+2`,
      "+2",
    ]);
  });

  it.each([
    ["claude-opus-5", "anthropic", "claude-opus-5"],
    ["anthropic/claude-opus-5", null, "claude-opus-5"],
    ["bedrock/us-west-2/us.anthropic.claude-opus-5", "bedrock", "us.anthropic.claude-opus-5"],
    ["vertex_ai/claude-opus-5", "vertex_ai", "claude-opus-5@default"],
    ["claude-opus-4-5@20251101", "vertex_ai", "claude-opus-4-5@20251101"],
  ])("of %s at %s is billed as %s", async (model, custom_llm_provider, servedModel) => {
    const { ledger } = await imported("litellm", [[aSpendLog({ model, custom_llm_provider })]]);
    expect(ledger.responses().map((each) => each.servedModel)).toEqual([servedModel]);
  });

  it.each([
    [{ model: "gpt-4o", custom_llm_provider: "openai" }, "other-provider"],
    [{ model: "openrouter/anthropic/claude-opus-5", custom_llm_provider: "openrouter" }, "other-provider"],
    [{ model: "my-claude-clone", custom_llm_provider: "anthropic" }, "other-provider"],
    [{ cache_hit: "True", spend: 0 }, "gateway-cache"],
    [{ cache_hit: true, spend: 0 }, "gateway-cache"],
    [{ call_type: "acount_tokens" }, "not-a-call"],
    [{ model: "", status: "failure" }, "not-a-call"],
    [{ request_id: null, users: {}, models: {} }, "not-a-call"],
    [{ startTime: "yesterday" }, "no-timestamp"],
  ])("is left out and counted where it is %j", async (overrides, reason) => {
    const { ledger, report } = await imported("litellm", [[aSpendLog(overrides)]]);
    expect([ledger.events.size, report.skipped.byReason]).toEqual([0, { [reason]: 1 }]);
  });

  it("that failed is a failure, free where the API refused it, and what it said is not kept", async () => {
    const failed = (id: string, error_information: object): object =>
      aSpendLog(
        { request_id: id, status: "failure", spend: 0, prompt_tokens: 0, completion_tokens: 0 },
        { usage_object: null, error_information },
      );
    const { ledger } = await imported("litellm", [
      [
        failed("1", { error_code: "429", error_class: "RateLimitError", error_message: SECRETS[0] }),
        failed("2", { error_code: "", error_class: "Timeout" }),
      ],
    ]);
    expect(failuresIn(ledger).map(({ cost, status, errorType }) => [cost, status, errorType])).toEqual([
      ["free", 429, "rate_limit_error"],
      ["unknown", null, "Timeout"],
    ]);
  });

  it("that sums up a batch is there at unknown cost: what each request used, it does not tell", async () => {
    const { ledger, report } = await imported("litellm", [[aSpendLog({ call_type: "aretrieve_batch" })]]);
    expect([failuresIn(ledger).length, report.unclear.byReason]).toEqual([1, { "sum-of-batch": 1 }]);
  });
});

describe("what LiteLLM states that a call cost", () => {
  it("is kept beside the account with the tokens it is of, and is told where it differs", async () => {
    const { ledger, report } = await imported("litellm", [
      [aSpendLog({ spend: 0.1 + 0.2 }), aSpendLog({ request_id: "2", spend: USED_USD })],
    ]);
    expect(ledger.events.get("cost:litellm:chatcmpl-1")).toMatchObject({
      type: "CostReported",
      usd: "0.3",
      responses: ["litellm:chatcmpl-1"],
      models: [{ model: "claude-opus-5", usd: "0.3", usage: { parts: [{ tokens: bucketsOf(USED) }] } }],
    });
    // $0.3 and $0.0325 stated; twice $0.0325 here.
    expect(report.stated).toEqual([
      {
        model: "claude-opus-5",
        records: 2,
        differing: 1,
        statedUsd: "0.3325",
        usd: "0.065",
        differenceUsd: "-0.2675",
        unpricedRecords: 0,
        unpricedStatedUsd: "0",
      },
    ]);
  });

  it("is nothing where it is 0: LiteLLM writes that where it knows no price", async () => {
    const { ledger, report } = await imported("litellm", [[aSpendLog({ spend: 0 })]]);
    expect([ledger.events.size, report.stated]).toEqual([1, []]);
  });
});

describe("farthing import litellm", () => {
  it("keeps no prompt, no answer, no key, no address and no user in any file of the ledger", async () => {
    const cwd = emptyFolder();
    const rows = [
      aSpendLog(
        { team_id: "sk-live-1234567890abcdef", api_key: "sk-live-1234567890abcdef" },
        { user_api_key_alias: SECRETS[3] },
      ),
      aSpendLog({ request_id: SECRETS[3], session_id: SECRETS[3] }, { user_api_key_team_alias: SECRETS[2] }),
      aLoggedPayload({ id: "3" }),
      aSpendLog({ request_id: `msg_Ada Lovelace ${ADDRESS} said: secret` }),
      aLoggedPayload({
        id: "msg_of a poem",
        response: { id: "msg_of a poem" },
        hidden_params: { additional_headers: { "llm_provider-request-id": "req_of a poem" } },
      }),
      aSpendLog(
        { request_id: "4" },
        { usage_object: { ...usageObject(USED, "with reads", true), note: PROMPT, key: KEY, deep: { of: ADDRESS } } },
      ),
    ];
    writeFileSync(join(cwd, "logs.json"), JSON.stringify(rows));
    const { exitCode, stdout } = await runCli(["import", "litellm", "logs.json", "--ledger", "l"], { cwd });
    const files = readdirSync(join(cwd, "l"), { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    const bytes = files.map((each) => readFileSync(join(each.parentPath, each.name), "latin1")).join("\n");
    expect([exitCode, bytes.includes("litellm:chatcmpl-1"), bytes.includes("10.0.0.1")]).toEqual([0, true, false]);
    for (const secret of [...SECRETS, "Ada Lovelace", "of a poem"])
      expect([secret, bytes.includes(secret), stdout.includes(secret)]).toEqual([secret, false, false]);
  });

  it("says what it brought, what it left out, what is unknown and what was stated", async () => {
    const cwd = emptyFolder();
    const rows = [aSpendLog(), aSpendLog({ request_id: "2", model: "gpt-4o", custom_llm_provider: "openai" })];
    writeFileSync(join(cwd, "a.json"), JSON.stringify(rows));
    writeFileSync(
      join(cwd, "b.jsonl"),
      `${JSON.stringify(aSpendLog({ request_id: "3", call_type: "aretrieve_batch" }))}\n`,
    );
    const { exitCode, stdout } = await runCli(["import", "litellm", "a.json", "b.jsonl", "--ledger", "l"], { cwd });
    expect([exitCode, ...stdout.split("\n").slice(1)]).toEqual([
      0,
      "  records   3, of which 2 tell of a call of Claude",
      "  events    4 new, 0 completed by a later snapshot, 0 known already",
      "  skipped   1 line: 1 other-provider",
      "    a.json:1: other-provider: gpt-4o of openai",
      "  unknown   1 call without usage, at unknown cost: 1 sum-of-batch",
      "    b.jsonl:1: sum-of-batch: aretrieve_batch sums up a batch; import its results for what each request used",
      "  stated    claude-opus-5: stated $0.0325 in 1 record, here $0.0325; each is the same; stated $0.0325 in 1 of unknown cost",
      "",
    ]);
    const spend = await runCli(["spend", "--ledger", "l", "--format", "json"], { cwd });
    expect(JSON.parse(spend.stdout)).toMatchObject({ total: { usd: "0.0325", requests: 1 } });
  });

  it("imports what is good of a damaged file, names the rest and exits with 3; a mistyped name makes no ledger", async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, "torn.jsonl"), `${JSON.stringify(aSpendLog())}\n{"request_id":"2",\n7\n`);
    const torn = await runCli(["import", "litellm", "torn.jsonl", "--ledger", "l"], { cwd });
    expect([torn.exitCode, torn.stdout]).toEqual([3, expect.stringContaining("torn.jsonl:2: malformed-json")]);
    expect(torn.stdout).toContain("torn.jsonl:3: not-an-object");
    const missing = await runCli(["import", "litellm", "none.json", "--ledger", "m"], { cwd });
    expect([missing.exitCode, readdirSync(cwd).includes("m")]).toEqual([3, false]);
  });

  it.each([
    ["request_id,spend,model\n1,2,3\n", "it is CSV: bring rows as JSON"],
    ["\u001f\u008b...", "it is gzip: unpack it first"],
    ["PAR1...", "it is Parquet: bring rows as JSON"],
  ])("refuses %j and says what to bring instead", async (content, words) => {
    const files = [65_536, 1].map((pieceBytes) => aFile("f", Buffer.from(content, "latin1"), pieceBytes));
    const { skipped } = await importLitellm({ ledger: new MemoryLedger(), files });
    const refused = { reason: "unknown-format", why: expect.stringContaining(words) as string };
    expect(skipped.examples).toMatchObject([refused, refused]);
  });
});
