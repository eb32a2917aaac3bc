import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  foldAccount,
  formatUsd,
  listPriceBook,
  openLedger,
  sum,
  totalCostOf,
  ZERO,
  type LedgerEvent,
} from "@farthing/ledger";
import { beforeAll, describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { emptyFolder, runCli, type CliResult } from "../support/run-cli.ts";
import { ARCHIVE, DIGEST, followedTraffic, SUPPORT, type FollowedTraffic } from "./followed-traffic.ts";

/** Six weeks of three services are recorded, and replayed by every new question. */
const TIMEOUT_MS = 120_000;

/** Three weeks are recorded before the decisions, three weeks after them. */
const DECIDED = "2026-11-01T00:00:00Z";
const LATER = "2026-11-22T00:00:00Z";

interface Row {
  readonly id: string;
  readonly strategy: string;
  readonly workload: string;
  readonly subject: string | null;
  readonly title: string;
  readonly change: string;
}

interface Followed extends Row {
  readonly state: string;
  readonly result: {
    readonly usd: string;
    readonly withoutUsd: string;
    readonly projected: { readonly expected: string };
    readonly realised: { readonly low: string; readonly expected: string; readonly high: string };
  };
}

interface Printed {
  readonly recommendations: readonly Row[];
  readonly followUp?: { readonly accepted: readonly Followed[]; readonly dismissed: readonly Row[] };
}

interface Listed {
  readonly recommendations: readonly Row[];
  readonly accepted: readonly Followed[];
  readonly dismissed: readonly (Row & { readonly reason: string; readonly returned: boolean })[];
  readonly calibration: { readonly verified: number; readonly refuted: number; readonly ratio: number } | null;
}

class Ledger {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async run(now: string, ...args: readonly string[]): Promise<CliResult> {
    const result = await runCli([...args, "--ledger", this.path, "--now", now]);
    expect([result.exitCode, result.stderr]).toEqual([0, ""]);
    return result;
  }

  async json<T>(now: string, ...args: readonly string[]): Promise<T> {
    return JSON.parse((await this.run(now, ...args, "--format", "json")).stdout) as T;
  }

  async append(events: readonly LedgerEvent[]): Promise<void> {
    await using ledger = await openLedger(this.path, { mode: "write" });
    await ledger.append(events);
  }

  copy(): Ledger {
    const path = join(emptyFolder(), "copy");
    cpSync(this.path, path, { recursive: true });
    return new Ledger(path);
  }
}

/** A ledger of the first three weeks. */
async function decidedOn(traffic: FollowedTraffic): Promise<Ledger> {
  const ledger = new Ledger(await aLedger(traffic.before(DECIDED)));
  await runCli(["settings", "set", "billing", "per-token", "--ledger", ledger.path]);
  return ledger;
}

function of<T extends Row>(rows: readonly T[], workload: string): T {
  const [row, ...others] = rows.filter((each) => each.workload === workload);
  expect(others).toEqual([]);
  if (row === undefined) throw new Error(`nothing is advised on ${workload}`);
  return row;
}

function told(row: Row): Row & { readonly subject: string } {
  return { ...row, subject: row.subject ?? "" };
}

describe("advice of which two pieces are accepted and one is dismissed", { timeout: TIMEOUT_MS }, () => {
  const traffic = followedTraffic([DIGEST, SUPPORT, ARCHIVE]);
  let before: Printed;
  let decided: Printed;
  let ledger: Ledger;
  let copyWithoutDecisions: Ledger;
  let followed: Listed;
  const asSent = traffic.after(DECIDED, [], { digest: 2 });

  beforeAll(async () => {
    ledger = await decidedOn(traffic);
    copyWithoutDecisions = ledger.copy();
    before = await ledger.json<Printed>(DECIDED, "report");
    const number = (workload: string): string =>
      String(before.recommendations.indexOf(of(before.recommendations, workload)) + 1);
    // By number and by id, as the report shows them.
    await ledger.run(DECIDED, "advice", "accept", number("digest"), of(before.recommendations, "support").id);
    await ledger.run(DECIDED, "advice", "dismiss", number("archive"), "--reason", "an audit wants it");
    decided = await ledger.json<Printed>(DECIDED, "report");
    const made = ["digest", "support"].map((workload) => told(of(before.recommendations, workload)));
    // Twice as much work comes in at the same time as its batches begin: it costs as much as before.
    await ledger.append(traffic.after(DECIDED, made, { digest: 2 }));
    followed = await ledger.json<Listed>(LATER, "advice", "list");
  }, TIMEOUT_MS);

  it("is advised before, each change to its service", () => {
    expect(new Set(before.recommendations.map(({ workload, strategy }) => `${workload} ${strategy}`))).toEqual(
      new Set(["digest batch", "support newer-model", "archive stop-caching"]),
    );
    expect(before).not.toHaveProperty("followUp");
  });

  it("verifies the change that saves what was projected, though twice the work came in", () => {
    const { state, result } = of(followed.accepted, "digest");
    expect(state).toBe("verified");
    // Every token costs half in a batch, so what was paid is also what was saved.
    expect(result.realised.expected).toBe(result.usd);
    expect(result.withoutUsd).toBe(costOf(asSent, "digest"));
    const naive = Number(costOf(traffic.before(DECIDED), "digest")) - Number(result.usd);
    expect(naive).toBeLessThan(0.1 * Number(result.realised.expected));
  });

  it("refutes the change that disappoints: the other model writes more than was allowed for", () => {
    const { state, result } = of(followed.accepted, "support");
    expect(state).toBe("refuted");
    const truth = Number(costOf(asSent, "support")) - Number(result.usd);
    expect(truth).toBeLessThan(0);
    expect(Number(result.realised.low)).toBeLessThan(truth);
    expect(Number(result.realised.high)).toBeGreaterThan(truth);
    expect(Number(result.realised.high)).toBeLessThan(Number(result.projected.expected));
  });

  it("keeps dismissed advice out of reports, and out of what all changes would save together", () => {
    expect(decided.recommendations.map(({ workload }) => workload)).toEqual(["digest", "support"]);
    expect(decided.followUp?.dismissed.map(({ workload }) => workload)).toEqual(["archive"]);
    expect(followed.dismissed).toMatchObject([{ workload: "archive", reason: "an audit wants it", returned: false }]);
    expect(followed.recommendations.map(({ workload }) => workload)).not.toContain("archive");
  });

  it("no longer proposes what was made, and says what it saved, and how projections did", async () => {
    expect(followed.recommendations).toEqual([]);
    const { verified, refuted, ratio } = followed.calibration ?? { verified: 0, refuted: 0, ratio: null };
    expect([verified, refuted]).toEqual([1, 1]);
    const sumOf = (which: "realised" | "projected"): number =>
      followed.accepted.reduce((sum, { result }) => sum + Number(result[which].expected), 0);
    expect(ratio).toBeCloseTo(sumOf("realised") / sumOf("projected"), 9);
    const { stdout } = await ledger.run(LATER, "report");
    const text = stdout.replace(/\s+/g, " ");
    expect(text).toContain("verified: digest, Batches, 02-04h UTC: made 1 Nov; 21 days with use cost $");
    expect(text).toContain("refuted: support, opus-5 -> opus-5-5: made 1 Nov; 21 days with use cost $");
    expect(text).toContain(`1 refuted), realised ${(ratio ?? 0).toFixed(2)} of projected`);
    expect(text).toContain("1 dismissed and left out: farthing advice list");
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("says what became of it in the page, too", async () => {
    const page = (await ledger.run(LATER, "report", "--format", "html")).stdout;
    const [, section = ""] = /<section id="decided"[^>]*>(.*?)<\/section>/s.exec(page) ?? [];
    expect(section).toContain("verified");
    expect(section).toContain("refuted");
  });

  it("has the same ids in every report, with decisions or without, and after more traffic", async () => {
    const idsOf = (rows: readonly Row[]): readonly string[] => rows.map(({ id }) => id).sort();
    const all = [...followed.accepted, ...followed.dismissed];
    expect(idsOf(all)).toEqual(idsOf(before.recommendations));
    await copyWithoutDecisions.append(asSent);
    const later = await copyWithoutDecisions.json<Printed>(LATER, "report");
    expect(idsOf(later.recommendations)).toEqual(idsOf(before.recommendations));
  });

  it("is the same from what is kept, from what is looked at again, and from a copy that is only read", async () => {
    const { stdout } = await ledger.run(LATER, "report", "--format", "json");
    expect((await ledger.run(LATER, "report", "--format", "json", "--fresh")).stdout).toBe(stdout);
    const copy = ledger.copy();
    const files = (): readonly string[] => readdirSync(join(copy.path, "segments")).sort();
    const segments = files();
    expect((await copy.run(LATER, "report", "--format", "json")).stdout).toBe(stdout);
    expect(files()).toEqual(segments);
  });

  it("is shown with what became of it", async () => {
    const args = ["advice", "show", of(before.recommendations, "archive").id];
    expect((await ledger.run(LATER, ...args)).stdout).toContain("DISMISSED     dismissed 1 Nov: an audit wants it");
    const shown = await ledger.run(LATER, "advice", "show", of(before.recommendations, "digest").id);
    expect(shown.stdout).toContain("ACCEPTED      verified: made 1 Nov;");
  });
});

/** What responses of a service cost at list prices, in US dollars. */
function costOf(events: readonly LedgerEvent[], service: string): string {
  const { responses } = foldAccount(events);
  const costs = responses
    .filter(({ context }) => context.service === service)
    .map(({ usage, servedModel, occurredAt }) =>
      totalCostOf(usage, servedModel, Date.parse(occurredAt), listPriceBook()),
    );
  return formatUsd(sum(costs.map((cost) => cost ?? ZERO)));
}
