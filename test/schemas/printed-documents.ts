import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { nodeProcesses, openLedger, type Ledger, type LedgerEvent } from "@farthing/ledger";
import { eventOfDecision } from "../../packages/advisor/src/follow-up/decision-events.ts";
import type { Decision } from "../../packages/advisor/src/follow-up/decision.ts";
import { adviceId } from "../../packages/advisor/src/portfolio/advice-id.ts";
import type { CloseDocument } from "../../packages/advisor/src/schemas/close.ts";
import { aDismissal, anAcceptance, aRange, aSaid } from "../advice/decided.ts";
import { aLedger } from "../support/a-ledger.ts";
import { apiOfModels } from "../support/api-of-models.ts";
import {
  aBatchEnded,
  aBatchSubmitted,
  aCaptureStarted,
  anOutcomeRecorded,
  aPlaceholder,
  aRequestCompleted,
  aRequestFailed,
  aUsage,
  aUsageCorrected,
} from "../support/builders.ts";
import { aConversation } from "../support/conversation.ts";
import { onlySegmentOf } from "../support/ledger-files.ts";
import { errorReply, openLoopbackApi } from "../support/loopback-api.ts";
import { anObservation } from "../import/support/langfuse-rows.ts";
import { aSpendLog } from "../import/support/litellm-rows.ts";
import { emptyFolder, runCli, type CliOptions } from "../support/run-cli.ts";
import { aFolderToImport, anAgentStream, aRecordFile } from "./files-to-import.ts";
import { printedOfDatabase } from "./printed-of-database.ts";
import { aBilledLedger, aContractLedger, aLedgerOfABillAlone, aStatedLedger, billPage } from "./billed-ledgers.ts";
import type { PrintedDocument } from "./printed-document.ts";
import { printedRollup } from "./printed-rollup.ts";

const SEARCH = ["--where", "service=ticket-search"];
const MOST = ["--max-residual", "1000", "--max-unexplained", "1000"];
const OPUS = "model=claude-opus-5";
const LIMITS = ["--max-cost-per-request-increase", "10%", "--max-cache-hit-drop", "5%"];

/** Runs every command that prints JSON, on inputs that between them make every key appear. */
export async function printedDocuments(): Promise<readonly PrintedDocument[]> {
  const ledger = await aFullLedger();
  const empty = await aLedger([]);
  const damaged = await aDamagedLedger();
  const unpriced = await aLedger([aRequestCompleted({ servedModel: "claude-haiku-9" })]);
  const imports = aFolderToImport();
  const own = await aLedgerWithOwnPrices();
  const decided = ["--ledger", await aLedgerOfDecidedAdvice(), "--format", "json"];
  const changing = ["--ledger", await aLedgerOfChangingServices()];
  const later = aRequestCompleted({ id: "msg:later", occurredAt: "2026-11-19T10:00:00.000Z" });
  const budgeted = ["--ledger", await aLedger([aRequestCompleted({}), later])];
  const closed = await aClosedLedger();
  return [
    ...closed,
    ...(await print("report", ["report", "--example", "--format", "json"])),
    ...(await print("report", ["report", "--example", "--risk", "none", "--format", "json"])),
    ...(await print("report", ["report", "--ledger", ledger, "--since", "2026-10-01", "--format", "json"])),
    ...(await print("report", ["report", "--ledger", empty, "--format", "json"])),
    ...(await print("report", ["report", "--ledger", unpriced, "--format", "json"])),
    ...(await print("report", ["report", "--ledger", damaged, "--format", "json"])),
    ...(await print("report", ["report", "--ledger", own, "--format", "json"])),
    ...(await print("report", ["report", "--ledger", await aRecordingLedger(), "--format", "json"])),
    ...(await print("report", ["report", ...decided])),
    ...(await print("explanation", ["report", "--explain", "1", ...decided])),
    ...(await print("explanation", ["report", "--explain", "2", ...decided])),
    ...(await print("explanation", ["report", "--example", "--explain", "1", ...SEARCH, "--format", "json"])),
    ...(await print("advice", ["advice", "list", ...decided])),
    ...(await print("advice", ["advice", "show", "1", ...decided])),
    ...(await print("advice", ["advice", "list", "--ledger", empty, "--format", "json"])),
    ...(await print("decisions", ["advice", "accept", "1", ...decided])),
    ...(await print("decisions", ["advice", "dismiss", "1", "--reason", "not now", ...decided])),
    ...(await print("spend", ["spend", "--ledger", own, "--format", "json"])),
    ...(await print("spend", ["spend", "--ledger", ledger, "--format", "json"])),
    ...(await print("spend", ["spend", "--ledger", ledger, "--by", "model,workload,day", "--format", "json"])),
    ...(await print("spend", ["spend", "--ledger", ledger, "--by", "label:team,session", "--format", "json"])),
    ...(await print("spend", ["spend", "--ledger", empty, "--by", "model", "--format", "json"])),
    ...(await print("spend", ["spend", "--ledger", damaged, "--format", "json"])),
    ...(await print("compare", ["compare", "2026-09", "2026-10", "--ledger", ledger, "--format", "json"])),
    ...(await print("compare", ["compare", "--ledger", ledger, "--ledger-b", own, "--format", "json"])),
    ...(await print("compare", ["compare", "--ledger", empty, "--ledger-b", damaged, "--format", "json"])),
    ...(await print("report", ["report", "--ledger", await aBilledLedger(), "--format", "json"])),
    ...(await print("spend", ["spend", "--ledger", await aBilledLedger(), "--format", "json"])),
    ...(await print("report", ["report", "--ledger", await aContractLedger(), "--format", "json"])),
    ...(await print("report", ["report", "--ledger", await aLedgerOfABillAlone(), "--format", "json"])),
    ...(await print("reconcile", ["reconcile", "2026-10", "--ledger", await aBilledLedger(), "--format", "json"])),
    ...(await print("reconcile", ["reconcile", ...MOST, "--ledger", await aBilledLedger(), "--format", "json"])),
    ...(await print("reconcile", ["reconcile", "2026-09", "--ledger", await aStatedLedger(), "--format", "json"])),
    ...(await print("budgets", ["budget", "set", "all", "10", ...budgeted, "--where", "model=", "--format", "json"])),
    ...(await print("budgets", ["budget", "set", "model", "10", ...budgeted, "--where", OPUS, "--format", "json"])),
    ...(await print("budget-status", ["budget", "status", ...budgeted, "--now", "2026-10-02", "--format", "json"])),
    ...(await print("budget-status", ["budget", "status", ...budgeted, "--now", "2026-11-20", "--format", "json"])),
    ...(await print("check", ["check", ...budgeted, "--forecast", "--now", "2026-10-02", "--format", "json"])),
    ...(await print("check", ["check", ...budgeted, "--ledger-b", ledger, ...LIMITS, "--format", "json"])),
    ...(await print("requests", ["requests", "--ledger", ledger, "--sort", "usd", "--format", "json"])),
    ...(await print("requests", ["requests", "--ledger", empty, "--format", "json"])),
    ...(await printLines("request-line", ["requests", "--ledger", ledger, "--format", "ndjson"])),
    ...(await print("price", ["price", "claude-opus-5", "--usage", '{"input_tokens":1,"output_tokens":2}'])),
    ...(await printLines("price", ["price", "--stdin"], { stdin: LINES_TO_PRICE })),
    ...(await print("prices", ["prices", "--format", "json"])),
    ...(await print("prices", ["prices", "claude-haiku-9", "--format", "json"])),
    ...(await print("prices", ["prices", "claude-own-1", "--ledger", own, "--format", "json"])),
    ...(await print("simulate", [...SIMULATE, "claude-opus-5", "--ttl", "5m"], { stdin: TRAFFIC_LINE })),
    ...(await print("simulate", [...SIMULATE, "claude-haiku-9", "--ttl", "none"], { stdin: TRAFFIC_LINE })),
    ...(await print("backtest", [...BACKTEST, ...changing, "--split", "2026-10-10"])),
    ...(await print("backtest", [...BACKTEST, ...changing, "--split", "2026-10-17"])),
    ...(await print("backtest", [...BACKTEST, "--ledger", empty, "--as-of", "2026-11-01"])),
    ...(await printedTrials()),
    ...(await print("settings", ["settings", "set", "billing", "per-token", "--ledger", empty, "--format", "json"])),
    ...(await print("settings", ["settings", "get", "--ledger", empty, "--format", "json"])),
    ...(await print("settings", ["settings", "get", "time-zone", "--ledger", empty, "--format", "json"])),
    ...(await print("doctor", ["doctor", "--ledger", await aRecordingLedger(), "--format", "json"], {
      env: { CLAUDE_CONFIG_DIR: dirname(dirname(imports)) },
    })),
    ...(await print("doctor", ["doctor", "--ledger", ledger, "--format", "json"])),
    ...(await print("doctor", ["doctor", "--ledger", damaged, "--format", "json"])),
    ...(await printedOfDatabase(await aRecordingLedger(), print)),
    ...(await print("prune", ["prune", "--before", "2026-01-01", "--ledger", empty, "--format", "json"])),
    ...(await printedRollup()),
    ...(await print("verify", ["verify", "--ledger", ledger, "--format", "json"])),
    ...(await print("verify", ["verify", "--repair", "--ledger", damaged, "--format", "json"])),
    ...(await print(
      "import-claude-code",
      ["import", "claude-code", imports, join(imports, "none"), "--ledger", "l", "--format", "json"],
      elsewhere(),
    )),
    ...(await print(
      "bill-set",
      ["bill", "set", "2026-10", "41204.11", "--ledger", "l", "--format", "json"],
      elsewhere(),
    )),
    ...(await print(
      "import-report",
      ["import", "cost-report", billPage("cost"), "--ledger", "l", "--format", "json"],
      elsewhere(),
    )),
    ...(await print(
      "import-report",
      ["import", "usage-report", billPage("usage"), "--ledger", "l", "--format", "json"],
      elsewhere(),
    )),
    ...(await print("import-events", ["import", "events", "-", "--ledger", "l", "--format", "json"], {
      cwd: emptyFolder(),
      stdin: EVENT_LINES,
    })),
    ...(await print("import-agent-sdk", ["import", "agent-sdk", "run.json", "--ledger", "l", "--format", "json"], {
      cwd: anAgentStream(),
    })),
    ...(await print("import-records", ["import", "litellm", "logs.json", "--ledger", "l", "--format", "json"], {
      cwd: aRecordFile("logs.json", [aSpendLog(), aSpendLog({ request_id: "2", call_type: "aretrieve_batch" }), 7]),
    })),
    ...(await print("import-records", ["import", "langfuse", "rows.json", "--ledger", "l", "--format", "json"], {
      cwd: aRecordFile("rows.json", [
        anObservation(),
        anObservation({ type: "SPAN" }),
        anObservation({ id: "2", model: "claude-haiku-9" }),
      ]),
    })),
  ];
}

/** A month with all that can be open when it is closed, and its chain head, held against the ledger and another one. */
async function aClosedLedger(): Promise<readonly PrintedDocument[]> {
  const path = await aFullLedger();
  await using writer = await openLedger(path, { mode: "write" });
  await writer.append([
    aBatchSubmitted({ id: "batch-submitted", batch: "batch_ended", occurredAt: "2026-10-30T10:00:00.000Z" }),
    aBatchEnded({ id: "batch-ended", batch: "batch_ended", occurredAt: "2026-10-30T11:00:00.000Z" }),
  ]);
  const ledger = ["--ledger", path, "--format", "json"];
  const first = await print("close", ["close", "2026-10", ...ledger]);
  const [{ closed }] = first.map(({ json }) => json) as [CloseDocument];
  return [
    ...first,
    ...(await print("spend", ["spend", "--period", "2026-10", ...ledger])),
    ...(await adjusted(writer, ledger)),
    ...(await print("close", ["close", "2026-09", "--dry-run", ...ledger])),
    ...(await print("verify", ["verify", "--head", closed.chainHead, ...ledger])),
    ...(await print("verify", ["verify", "--head", "0".repeat(64), ...ledger])),
  ];
}

async function adjusted(writer: Ledger, ledger: readonly string[]): Promise<readonly PrintedDocument[]> {
  await writer.append([aRequestCompleted({ id: "msg:late" }), aUsageCorrected({ corrects: "msg:1" })]);
  return print("spend", ["spend", "--period", "2026-10", ...ledger]);
}

function elsewhere(): CliOptions {
  return { cwd: emptyFolder() };
}

async function print(name: string, args: readonly string[], options: CliOptions = {}): Promise<PrintedDocument[]> {
  const { stdout, stderr } = await runCli(args, options);
  if (stdout === "") throw new Error(`farthing ${args.join(" ")}: ${stderr}`);
  return [{ name, command: args.join(" "), json: JSON.parse(stdout) }];
}

async function printLines(name: string, args: readonly string[], options: CliOptions = {}): Promise<PrintedDocument[]> {
  const { stdout } = await runCli(args, options);
  const lines = stdout.trimEnd().split("\n");
  return lines.map((line, index) => ({
    name,
    command: `${args.join(" ")}, line ${String(index + 1)}`,
    json: JSON.parse(line) as unknown,
  }));
}

/** A trial of which one sample is refused, one is not sent and one is changed; and what it would take. */
async function printedTrials(): Promise<readonly PrintedDocument[]> {
  await using api = await openLoopbackApi(
    apiOfModels({
      instead: ({ messages }) => (messages.length > 1 ? errorReply(400, "invalid_request_error") : null),
    }),
  );
  const env = { ANTHROPIC_API_KEY: "sk-ant-test", ANTHROPIC_BASE_URL: api.url };
  const turn = { role: "user", content: "Good day." };
  const params = { model: "claude-sonnet-5", max_tokens: 10, messages: [turn] };
  const samples = [
    { params },
    { params: { ...params, output_config: { effort: "low" } } },
    { params: { ...params, messages: [turn, turn] } },
    { params: { ...params, tools: [{ type: "web_search_20250305", name: "web_search" }] } },
  ];
  const options = { env, stdin: samples.map((sample) => JSON.stringify(sample)).join("\n") };
  const trial = ["trial", "--samples", "-", "--model", "claude-haiku-4-5", "--format", "json", "--ledger"];
  return [
    ...(await print("trial", [...trial, join(emptyFolder(), "ledger"), "--budget", "1"], options)),
    ...(await print("trial-dry-run", [...trial, join(emptyFolder(), "ledger"), "--dry-run"], options)),
  ];
}

const SIMULATE = ["simulate", "--format", "json", "--trace", "-", "--model"];
const TRAFFIC_LINE = '{"timestamp":0,"input_length":600,"output_length":10,"hash_ids":[0,1]}';

const BACKTEST = ["backtest", "--format", "json"];

const LINES_TO_PRICE = [
  '{"model":"claude-opus-5","at":"2026-10-01","usage":{"input_tokens":1,"output_tokens":2,"service_tier":"priority"}}',
  '{"model":"claude-opus-5","usage":{"input_tokens":1,"cache_creation_input_tokens":5,"output_tokens":2}}',
  '{"model":"claude-opus-4-5@20251101","usage":{"input_tokens":1,"output_tokens":2}}',
  '{"model":"claude-haiku-9","usage":{"input_tokens":1,"output_tokens":2,"server_tool_use":{"web_search_requests":3}}}',
  '{"model":"claude-opus-5","usage":{"input_tokens":0,"output_tokens":0}}',
  '{"model":"claude-opus-5","usage":{"input_tokens":-1}}',
  '{"model":"claude-opus-5","at":"yesterday","usage":{}}',
  '{"model":"claude-opus-5"}',
  "nonsense",
].join("\n");

const EVENT_LINES = [
  '{"at":"2026-10-01T10:00:00Z","model":"claude-opus-5","usage":{"input_tokens":100,"output_tokens":10}}',
  '{"at":"2026-10-01T10:00:01Z","model":"claude-haiku-9","usage":{"input_tokens":100,"output_tokens":10}}',
  '{"at":"2026-10-01T10:00:02Z","model":"claude-opus-5","usage":{"input_tokens":-1}}',
  "nonsense",
].join("\n");

/** Responses with and without a price, a session and a final output; prepaid, not billed, and failed ones; a batch. */
async function aFullLedger(): Promise<string> {
  return aLedger([
    aRequestCompleted({ id: "msg:1", usage: aUsage({ cacheWrite1h: 50_000, output: 100 }, { thinkingTokens: 40 }) }),
    aRequestCompleted({ id: "msg:2", servedModel: "claude-haiku-9", context: { session: "s", project: "p" } }),
    aRequestCompleted({
      id: "msg:3",
      usage: aUsage({ output: 1 }, { serviceTier: "priority" }),
      labels: { team: "a" },
    }),
    aPlaceholder({ id: "msg:4", timing: { startedAt: null, startedAtProvenance: "missing" } }),
    aRequestCompleted({ id: "msg:5", billedTo: "user-profile" }),
    aRequestFailed({ id: "req:6", cost: "unknown" }),
    // Read by nobody yet.
    aBatchSubmitted({ occurredAt: "2026-11-10T10:00:00.000Z" }),
  ]);
}

/** A service that says when it records and whether a task succeeded, and a lock that it left. */
async function aRecordingLedger(): Promise<string> {
  const context = { service: "rag-answers", host: "host-1" };
  const request = aRequestCompleted({ labels: { ticket: "42" }, context });
  const path = await aLedger([aCaptureStarted(), request, anOutcomeRecorded()]);
  writeFileSync(join(path, "columns.lock"), JSON.stringify({ ...nodeProcesses.self, pid: 999_999_999 }));
  return path;
}

/** Three services that write for an hour what nobody reads: one for eighteen days, one at first, one in the end. */
async function aLedgerOfChangingServices(): Promise<string> {
  const wasteful = (service: string, days: number, startedAt: string): LedgerEvent[] =>
    aConversation(
      Array.from({ length: 4 * days }, (_, number) => ({ at: number * 21_600, continues: -1, cacheWrite1h: 90_000 })),
      { service, name: service, startedAt },
    );
  return aLedger([
    ...wasteful("always", 18, "2026-10-01T01:00:00.000Z"),
    ...wasteful("at-first", 9, "2026-10-01T01:00:00.000Z"),
    ...wasteful("in-the-end", 8, "2026-10-11T01:00:00.000Z"),
  ]);
}

/** Advice that was made with a verdict and without one, that nobody can follow, and that was dismissed and is back. */
async function aLedgerOfDecidedAdvice(): Promise<string> {
  const batched = (service: string, requests: number): LedgerEvent[] =>
    aConversation(
      Array.from({ length: requests }, (_, number) => ({
        at: number * 21_600,
        continues: -1,
        overrides: { usage: aUsage({ uncachedInput: 1_000, output: 100 }, { serviceTier: "batch" }) },
      })),
      { service, name: service, startedAt: "2026-10-12T01:00:00.000Z" },
    );
  const wasteful = Array.from({ length: 40 }, (_, number) => ({
    at: number * 7_200,
    continues: -1,
    cacheWrite1h: 90_000,
  }));
  const dismissed = aSaid({ strategy: "stop-caching", workload: "rag", saving: aRange("0.01", "0.02", "0.03") });
  const another = aSaid({
    strategy: "newer-model",
    workload: "rag",
    subject: "claude-opus-5",
    target: "claude-opus-4-9",
  });
  const decisions: readonly Decision[] = [
    anAcceptance(),
    anAcceptance({ advice: "a2", said: aSaid({ workload: "young" }) }),
    anAcceptance({ advice: "a3", said: aSaid({ strategy: "duplicate-requests" }) }),
    aDismissal({ advice: adviceId("stop-caching", "rag", ""), said: dismissed }),
    aDismissal({ advice: adviceId("newer-model", "rag", "claude-opus-5"), said: another }),
  ];
  return aLedger([
    ...batched("chat", 40),
    ...batched("young", 24),
    ...aConversation(wasteful, { service: "rag", name: "rag" }),
    ...decisions.map(eventOfDecision),
  ]);
}

async function aDamagedLedger(): Promise<string> {
  const path = await aLedger([aRequestCompleted({ id: "msg:1" })]);
  const segment = onlySegmentOf(path);
  const text = readFileSync(segment, "utf8");
  writeFileSync(segment, `${text}nonsense\n`);
  return path;
}

/** A price that has everything a rate card can say, and one that came after the fact. */
async function aLedgerWithOwnPrices(): Promise<string> {
  const ledger = await aLedger([aRequestCompleted({ id: "msg:1", usage: aUsage({ output: 100 }) })]);
  const rates = { uncachedInput: "1", cacheWrite5m: "1.25", cacheWrite1h: "2", cacheRead: "0.1", output: "5" };
  const promptTiers = [{ promptTokensAbove: 100_000, rates }];
  const card = {
    model: "claude-own-1",
    effectiveFrom: "2026-01-01T00:00:00.000Z",
    rates,
    promptTiers,
    fast: { rates, promptTiers, from: "2026-01-01T00:00:00.000Z", until: null, afterwards: "unpriced" },
    usGeography: true,
    regionalPremium: false,
    source: "contract",
    checkedOn: "2026-11-01",
  };
  const file = join(emptyFolder(), "card.json");
  writeFileSync(file, JSON.stringify([card, { ...card, model: "claude-opus-5", promptTiers: [], fast: null }]));
  const { exitCode, stderr } = await runCli(["prices", "set", file, "--ledger", ledger]);
  if (exitCode !== 0) throw new Error(stderr);
  return ledger;
}
