import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import { fetchBill, readBill, type FetchedReport } from "@farthing/adapters/bill";
import { billOf, openLedger, type Bill } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { billOf as billOfCalls, OCTOBER, october, reconciled, recordedOf } from "../reconcile/organisation.ts";
import {
  errorReply,
  inTurn,
  jsonReply,
  openLoopbackApi,
  type LoopbackApi,
  type Reply,
} from "../support/loopback-api.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { askedOf, pageFor, rowsOfBill, serving, type AnalyticsRows } from "./analytics-server.ts";

const KEY = "sk-ant-admin-secret";
const HOUR = 3_600_000;
const events = recordedOf(october());

/** The API is asked with five dimensions, and speed is none of them. */
function withoutSpeed(bill: Bill): Bill {
  const bare = <T extends { readonly dimensions: Readonly<Record<string, string>> }>(line: T): T => {
    const { speed: _, ...dimensions } = line.dimensions;
    return { ...line, dimensions };
  };
  const others = (names: readonly string[]): readonly string[] => names.filter((name) => name !== "speed");
  const { cost, usage } = bill;
  return {
    ...bill,
    cost: { ...cost, groupedBy: others(cost.groupedBy), lines: cost.lines.map(bare) },
    usage: { ...usage, groupedBy: others(usage.groupedBy), lines: usage.lines.map(bare) },
  };
}

const bill = withoutSpeed(billOfCalls(october()));
const rows: AnalyticsRows = { ...rowsOfBill(bill), rowsMax: 700 };

interface Fetched {
  readonly reports: readonly FetchedReport[];
  readonly waits: readonly number[];
}

async function fetched(api: LoopbackApi, period = OCTOBER): Promise<Fetched> {
  const client = new Anthropic({ apiKey: KEY, baseURL: api.url });
  const waits: number[] = [];
  const wait = async (ms: number): Promise<void> => void waits.push(ms);
  const reports: FetchedReport[] = [];
  for await (const report of fetchBill(client, { since: period.from, until: period.until }, wait)) reports.push(report);
  return { reports, waits };
}

function eventsIn(reports: readonly FetchedReport[]) {
  return reports.flatMap((report) => (report.kind === "read" ? report.events : []));
}

/** What importing the pages from files tells, asked for by the same requests. */
function imported(api: LoopbackApi, from: AnalyticsRows) {
  return (["cost", "usage"] as const).flatMap((side) => {
    const asked = api.requests.filter(({ path }) => askedOf(path).side === side);
    const files = asked.map(({ path }, index) => ({ name: String(index), text: JSON.stringify(pageFor(from, path)) }));
    return readBill(files, side).events;
  });
}

const idsOf = (of: readonly { readonly id: string }[]): readonly string[] => of.map(({ id }) => id).sort();

/** Answers a request in another way, once. */
function once(isIt: (path: string) => boolean, odd: Reply, usual: Reply): Reply {
  let isDone = false;
  return (request, to) => {
    if (isDone || !isIt(request.path)) return usual(request, to);
    isDone = true;
    return odd(request, to);
  };
}

const isSecondCostPage = (path: string): boolean => askedOf(path).side === "cost" && askedOf(path).query.has("page");

/** A page of which half arrives. */
const cutReply: Reply = async ({ path }, to) => {
  const text = JSON.stringify(pageFor(rows, path));
  to.head(200, { "content-type": "application/json", "content-length": String(text.length) });
  await to.write(text.slice(0, text.length / 2));
  to.destroy();
};

describe("the bill read from the API", () => {
  it("is what importing all its pages tells, and that nothing was charged in the other hours", async () => {
    await using api = await openLoopbackApi(serving(rows));
    const { reports, waits } = await fetched(api);
    expect(reports.map(({ kind, side }) => [kind, side])).toEqual([
      ["read", "cost"],
      ["read", "usage"],
    ]);
    expect(api.requests.length).toBeGreaterThan(6);
    const told = eventsIn(reports);
    expect(told).toHaveLength(2 * 31 * 24);
    const withRows = told.filter(({ report }) => report?.lines.length !== 0);
    expect(idsOf(withRows)).toEqual(idsOf(imported(api, rows)));
    expect(new Set(told.map(({ occurredAt }) => occurredAt))).toEqual(new Set([rows.refreshedAt]));
    expect(waits).toEqual([]);
    const { query } = askedOf(api.requests[0]?.path ?? "");
    expect([query.get("time_bucket_width"), query.get("limit")]).toEqual(["1h", "1000"]);
    expect(query.getAll("group_by[]")).toHaveLength(7);
    expect(JSON.stringify(api.requests[0]?.headers)).toContain(KEY);
  });

  it("tells of no hour without rows that had not passed when the figures were computed", async () => {
    const early = { ...rows, refreshedAt: new Date(OCTOBER.from + 50.5 * HOUR).toISOString() };
    await using api = await openLoopbackApi(serving(early));
    const silent = eventsIn((await fetched(api)).reports).filter(({ report }) => report?.lines.length === 0);
    expect(silent.length).toBeGreaterThan(0);
    expect(silent.every(({ until }) => Date.parse(until) <= OCTOBER.from + 50 * HOUR)).toBe(true);
  });

  it("is asked for in ranges of 31 days, a minute apart", async () => {
    await using api = await openLoopbackApi(serving(rows));
    const from = Date.parse("2026-09-01T00:00:00.000Z");
    const { reports, waits } = await fetched(api, { from, until: OCTOBER.until });
    expect(waits).toEqual([60_000]);
    expect(reports.map((report) => (report.until - report.from) / (24 * HOUR))).toEqual([31, 31, 30, 30]);
    expect(reports[2]?.from).toBe(reports[0]?.until);
    expect(reports.at(-1)?.until).toBe(OCTOBER.until);
    expect(eventsIn(reports)).toHaveLength(2 * 61 * 24);
  });

  it("is whole after the API was too busy for a page", async () => {
    const busy = errorReply(429, "rate_limit_error", { headers: { "retry-after": "0.01" } });
    await using api = await openLoopbackApi(once(isSecondCostPage, busy, serving(rows)));
    const { reports } = await fetched(api);
    await using calm = await openLoopbackApi(serving(rows));
    expect(eventsIn(reports)).toEqual(eventsIn((await fetched(calm)).reports));
    expect(api.requests.length).toBe(calm.requests.length + 1);
  });

  it.each([
    ["a page is cut off in its middle", cutReply],
    ["a page is refused", errorReply(403, "permission_error")],
  ])("tells nothing of a report of which %s, and asks no more", async (_, odd) => {
    const inOctober = (path: string): boolean =>
      isSecondCostPage(path) && (askedOf(path).query.get("starting_at") ?? "") > "2026-10-01";
    await using api = await openLoopbackApi(once(inOctober, odd, serving(rows)));
    const from = Date.parse("2026-09-01T00:00:00.000Z");
    const { reports } = await fetched(api, { from, until: OCTOBER.until });
    expect(reports.map(({ kind }) => kind)).toEqual(["read", "read", "missing", "missing"]);
    expect(reports.flatMap((report) => (report.kind === "missing" ? report.why : []))).toEqual([
      expect.stringContaining("page 2: "),
      expect.stringContaining("not asked for"),
    ]);
    expect(eventsIn(reports).every(({ until }) => Date.parse(until) <= from + 31 * 24 * HOUR)).toBe(true);
  });

  it("is missing where more pages follow and none is named", async () => {
    await using api = await openLoopbackApi(jsonReply({ data: [], has_more: true, next_page: null }));
    const { reports } = await fetched(api);
    expect(reports.map(({ kind }) => kind)).toEqual(["missing", "missing"]);
  });

  it("names a row that it cannot read, and does not take its hour as told in whole", async () => {
    const odd = rows.cost.map((row, index) => (index === 0 ? { ...row, cost: { ...row.cost, currency: "EUR" } } : row));
    await using api = await openLoopbackApi(serving({ ...rows, cost: odd }));
    const [cost] = (await fetched(api)).reports;
    expect(cost).toMatchObject({ kind: "read", problems: [{ why: expect.stringContaining("EUR") }] });
    const incomplete = eventsIn(cost === undefined ? [] : [cost]).filter(({ report }) => report?.complete === false);
    expect(incomplete.map(({ from }) => from)).toEqual([odd[0]?.starting_at]);
  });
});

describe("a generated organisation whose bill is read from the API", () => {
  it("reconciles to the same parts as its bill does directly", async () => {
    await using api = await openLoopbackApi(serving(rows));
    const told = eventsIn((await fetched(api)).reports);
    const served = billOf(told, { since: OCTOBER.from, until: OCTOBER.until });
    const [live, direct] = [await reconciled(served, events), await reconciled(bill, events)];
    expect(live.parts).toEqual(direct.parts);
    expect(live.residualUsd).toBe(direct.residualUsd);
    expect(live.bill).toEqual(direct.bill);
    expect(live.parts.length).toBeGreaterThan(3);
  });
});

describe("farthing reconcile --live", () => {
  const live = async (args: readonly string[], env: Readonly<Record<string, string>>, cwd = emptyFolder()) =>
    runCli(["reconcile", ...args, "--live"], { cwd, env });

  async function recordedLedger(): Promise<string> {
    const cwd = emptyFolder();
    await using ledger = await openLedger(`${cwd}/l`, { mode: "write", create: true });
    await ledger.append(events);
    return cwd;
  }

  it("keeps the bill in the ledger and reconciles with it", async () => {
    await using api = await openLoopbackApi(serving(rows));
    const cwd = await recordedLedger();
    const env = { ANTHROPIC_ADMIN_KEY: KEY, ANTHROPIC_BASE_URL: api.url };
    const args = ["2026-10-05", "--ledger", "l", "--format", "json"];
    const { exitCode, stdout, stderr } = await live(args, env, cwd);
    expect(stderr).toContain("cost report of 2026-10-05T00:00:00.000Z to 2026-10-06T00:00:00.000Z:");
    expect(stderr).toContain("24 hours new");
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ coveredHours: 24, bill: { hasUsage: true, incomplete: false } });
    const later = await runCli(["reconcile", ...args], { cwd });
    expect(later.stdout).toBe(stdout);
    const again = await live(args, env, cwd);
    expect([again.stdout, again.stderr]).toEqual([stdout, expect.stringContaining("0 hours new, 24 known already")]);
    expect(stdout + stderr).not.toContain(KEY);
  });

  it("reconciles with what was read, names what was not, and exits 3", async () => {
    const refused = errorReply(403, "permission_error");
    await using api = await openLoopbackApi(once((path) => askedOf(path).side === "usage", refused, serving(rows)));
    const env = { ANTHROPIC_ADMIN_KEY: KEY, ANTHROPIC_BASE_URL: api.url };
    const result = await live(["2026-10-05", "--ledger", "l", "--format", "json"], env, await recordedLedger());
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain(
      "usage report of 2026-10-05T00:00:00.000Z to 2026-10-06T00:00:00.000Z is missing: 403",
    );
    expect(JSON.parse(result.stdout)).toMatchObject({ bill: { hasUsage: false } });
  });

  it("wants an SDK that knows the reports", async () => {
    const cwd = emptyFolder();
    const sdk = join(cwd, "node_modules/@anthropic-ai/sdk");
    mkdirSync(sdk, { recursive: true });
    writeFileSync(join(sdk, "package.json"), JSON.stringify({ name: "@anthropic-ai/sdk", main: "index.cjs" }));
    writeFileSync(join(sdk, "index.cjs"), "exports.Anthropic = class { beta = { messages: {} } };");
    const result = await live(["2026-10"], { ANTHROPIC_ADMIN_KEY: KEY }, cwd);
    expect(result).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("@anthropic-ai/sdk@latest") });
  });

  it.each([
    ["the key", ["2026-10"], {}, "set ANTHROPIC_ADMIN_KEY"],
    ["a key that can be sent", ["2026-10"], { ANTHROPIC_ADMIN_KEY: "a\u00e9 b" }, "another character that no key has"],
    ["a period", [], { ANTHROPIC_ADMIN_KEY: KEY }, "name the PERIOD"],
    ["a period of 2026", ["2025-12"], { ANTHROPIC_ADMIN_KEY: KEY }, "nothing before 2026-01-01"],
    ["a period of the last year", ["2026-02", "--now", "2027-06-01"], { ANTHROPIC_ADMIN_KEY: KEY }, "365 days ago"],
    ["a period that has begun", ["2026-12"], { ANTHROPIC_ADMIN_KEY: KEY }, "no hour of this PERIOD is over"],
    ["one ledger", ["2026-10", "--ledger", "a", "--ledger", "b"], { ANTHROPIC_ADMIN_KEY: KEY }, "writes to one ledger"],
  ])("wants %s", async (_, args, env, why) => {
    await using api = await openLoopbackApi(inTurn(serving(rows)));
    const result = await live(args, { ...env, ANTHROPIC_BASE_URL: api.url });
    expect(result).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringContaining(why) });
    expect(api.requests).toEqual([]);
    expect(result.stderr).not.toContain("a\u00e9 b");
  });
});
