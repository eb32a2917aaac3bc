import { renderMarkdown, renderText, reportToJson, type Report } from "@farthing/advisor";
import {
  DEFAULT_SETTINGS,
  listPriceBook,
  parseInstant,
  parseUsd,
  type LedgerEvent,
  type Position,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { adviceBasisWords } from "../../packages/advisor/src/report/advice-basis-text.ts";
import { usd } from "../support/advice.ts";
import { aReport } from "../support/a-report.ts";
import { aRequestFailed } from "../support/builders.ts";
import { aConversation, type Step } from "../support/conversation.ts";

/** Every call writes 100,000 tokens for an hour that nobody reads: 25 x (1.00 + 0.00025) = 25.00625 dollars. */
const WASTEFUL: Step[] = Array.from({ length: 25 }, (_, number) => ({
  at: number * 7_200,
  cacheWrite1h: 100_000,
  continues: -1,
}));

function text(report: Report): string {
  return renderText(report, { columns: 80, explain: null });
}

function unwrapped(lines: string): string {
  return lines.replace(/\s+/g, " ");
}

describe("a report", () => {
  const report = aReport(aConversation(WASTEFUL, { service: "rag" }));

  it("says what was billed, by kind of token, and to the picodollar", () => {
    expect(report.total.usd).toBe(usd("25.00625"));
    expect(report.where.byItem).toEqual([
      { item: "cacheWrite1h", usd: usd("25") },
      { item: "output", usd: usd("0.00625") },
    ]);
    expect(report.where.byWorkload).toEqual([{ name: "rag", usd: usd("25.00625"), responses: 25 }]);
  });

  it("has a joint saving that is the sum of its shares, split by whether answers stay unchanged", () => {
    expect(report.joint.all.expected).toBe(usd("15.00125"));
    expect(report.joint.answersUnchanged.expected).toBe(usd("12.5"));
    expect(report.joint.needsQualityTest.expected).toBe(usd("2.50125"));
    expect(report.joint.claimedOneByOne).toBe(usd("17.50125"));
  });

  it("warns in words against adding savings that overlap", () => {
    expect(text(report)).toContain("One by one they would claim $17.50: they overlap, so never add them.");
  });

  it.each([60, 80, 120])("fits %i columns, with every amount and sentence whole", (columns) => {
    const written = renderText(report, { columns, explain: null });
    for (const line of written.split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
    for (const whole of ["they overlap, so never add them.", "writing context, 1h $25.00", "range, days apart"]) {
      expect(unwrapped(written)).toContain(whole);
    }
  });

  it("names the range of few days alike wherever it stands", () => {
    for (const written of [text(report), renderText(report, { columns: 80, explain: "1" })]) {
      expect(unwrapped(written)).toContain("range, days apart");
      expect(written).not.toContain("80 % range");
    }
  });

  it("says where what is left of savings stands, once a change was made", () => {
    const [made] = report.recommendations;
    const accepted = [{ appliedAt: parseInstant("2026-10-12T10:00:00.000Z") }];
    expect(made).toBeDefined();
    const later = { ...report, followUp: { accepted, dismissed: [], calibration: null } } as unknown as Report;
    expect(adviceBasisWords(later)).toEqual([
      "Savings count the days before a change that was made since, too: for what is left, farthing report --since 2026-10-12.",
    ]);
    expect(adviceBasisWords(report)).toEqual([]);
  });

  it("gives every recommendation an id that does not depend on the other data", () => {
    const other = aReport([
      ...aConversation(WASTEFUL, { service: "rag" }),
      ...aConversation(WASTEFUL, { service: "search", name: "s2" }),
    ]);
    const ids = (each: Report): readonly string[] =>
      each.recommendations.filter(({ plan }) => plan.workload === "rag").map(({ id }) => id);
    expect(ids(other)).toEqual(ids(report));
    expect(new Set(other.recommendations.map(({ id }) => id)).size).toBe(other.recommendations.length);
  });

  it("explains a recommendation by its number or its id: what to change, who can, what would cancel it", () => {
    const byNumber = renderText(report, { columns: 80, explain: "1" });
    const byId = renderText(report, { columns: 80, explain: report.recommendations[0]?.id ?? "" });
    expect(byNumber).toBe(byId);
    expect(byNumber).toContain("remove cache_control");
    expect(byNumber).toContain("BREAK-EVEN");
  });

  it("refuses a monthly figure without 14 full days of the last 30", () => {
    expect(report.joint.perMonth).toBeNull();
    expect(report.abstained.map(({ reason }) => reason)).toContain("too-few-full-days");
  });

  it("gives a reason that several strategies or workloads share once, with all that it is about", () => {
    const because = (strategy: string, workload: string, observed: string): Report["abstained"][number] => ({
      strategy,
      workload,
      reason: "replay-gap",
      observed,
      needed: "at most 5.0 %",
      answerBy: null,
    });
    const abstained = [
      because("cache-ttl-1h", "rag", "replay comes to 9.0 % over the bill"),
      because("cache-ttl-5m", "rag", "replay comes to 9.0 % over the bill"),
      because("cache-ttl-5m", "chat", "replay comes to 9.0 % over the bill"),
      because("cache-ttl-5m", "agent", "replay comes to 8.0 % over the bill"),
    ];
    const reasons = [
      "rag, chat: replay comes to 9.0 % over the bill; needs at most 5.0 %",
      "agent: cache ttl 5m: replay comes to 8.0 % over the bill; needs at most 5.0 %",
    ];
    const written = text({ ...report, abstained });
    expect(unwrapped(written)).toContain(`NO ADVICE ${reasons.join(" ")} `);
    expect(written).not.toContain("more: --format json");
    expect(unwrapped(renderMarkdown({ ...report, abstained }))).toContain(
      `## No advice ${reasons.map((reason) => `- ${reason}.`).join(" ")}`,
    );
  });

  it("says when there may be enough days, and nothing of the kind where use has ended", () => {
    const daily = Array.from({ length: 7 }, (_, day): Step => ({
      at: day * 86_400,
      uncachedInput: 1_000,
      continues: -1,
    }));
    const going = aReport(aConversation(daily, { startedAt: "2026-11-15T00:00:00.000Z" }));
    const ended = aReport(aConversation(daily, { startedAt: "2026-03-15T00:00:00.000Z" }));
    const byOf = (report: Report): number | null | undefined =>
      report.abstained.find(({ strategy }) => strategy === "per-month")?.answerBy;
    // Seven full days in the seven days before 22 November; seven more take until the 29th.
    expect(byOf(going)).toBe(parseInstant("2026-11-29T00:00:00Z"));
    expect(byOf(ended)).toBeNull();
    // Of a time that is over no more can come.
    const over = aReport(aConversation(daily, { startedAt: "2026-11-15T00:00:00.000Z" }), {
      until: parseInstant("2026-11-20"),
    });
    expect(byOf(over)).toBeNull();
  });

  it("names the year of an answer that would come in another one", () => {
    const may = (answerBy: string): string => {
      const [one] = report.abstained;
      if (one === undefined) throw new Error("nothing abstained");
      return text({ ...report, abstained: [{ ...one, answerBy: parseInstant(answerBy) }] });
    };
    expect(may("2026-12-17T00:00:00Z")).toMatch(/answer about\s+17\s+Dec\n/);
    expect(may("2027-06-17T00:00:00Z")).toMatch(/answer about\s+17\s+Jun\s+2027/);
  });

  it("says per month what thirty mean days come to, where there are enough days", () => {
    const steps = Array.from({ length: 21 }, (_, day): Step => ({
      at: day * 86_400,
      cacheWrite1h: 100_000,
      continues: -1,
    }));
    const daily = aReport(aConversation(steps, { startedAt: "2026-11-01T10:00:00.000Z", model: "claude-opus-5-5" }));
    // 21 days in a row up to yesterday save 0.40 each; thirty would save 12.
    expect(daily.joint.all.expected).toBe(usd("8.4"));
    expect(daily.joint.perMonth?.expected).toBe(usd("12"));
  });
});

describe("a report's words", () => {
  it("say spent only of usage that is paid per token", () => {
    const events = aConversation(WASTEFUL);
    expect(text(aReport(events))).toContain("at API list prices");
    expect(text(aReport(events))).not.toContain("SPENT");
    const settings = { ...DEFAULT_SETTINGS, billing: { test: "per-token" } } as const;
    expect(text(aReport(events, { settings }))).toContain("SPENT $25.01");
  });

  it("say at least where output was only partly recorded", () => {
    const events = aConversation(WASTEFUL.map((step) => ({ ...step, overrides: { output: "lower-bound" } as const })));
    const report = aReport(events);
    expect(text(report)).toContain("AT LEAST $25.01");
    expect(report.coverage.lowerBoundOutput).toBe(25);
  });

  it("never show a zero for usage without a price", () => {
    const report = aReport(aConversation(WASTEFUL, { model: "claude-haiku-9" }));
    expect(text(report)).toContain("unpriced");
    expect(text(report)).not.toContain("$0.00");
    expect(report.coverage.unpriced).toMatchObject([
      { model: "claude-haiku-9", reason: "unknown-model", requests: 25 },
    ]);
  });

  it("name attempts that may have been billed without an answer", () => {
    const events: LedgerEvent[] = [
      ...aConversation(WASTEFUL),
      aRequestFailed({ id: "req:lost", cost: "unknown", status: null }),
    ];
    expect(text(aReport(events))).toContain("1 attempt ended without an answer and may have been billed: cost unknown");
  });

  it("mark example data as such", () => {
    expect(text(aReport(aConversation(WASTEFUL), { example: true }))).toContain("EXAMPLE DATA");
    expect(renderMarkdown(aReport(aConversation(WASTEFUL), { example: true }))).toContain("EXAMPLE DATA");
  });

  it("tell an empty ledger how to be filled", () => {
    expect(text(aReport([]))).toContain("farthing import claude-code");
  });

  it("say when a model in use will stop", () => {
    const events = aConversation(WASTEFUL, { model: "claude-sonnet-4-5-20250929" });
    expect(aReport(events).due).toMatchObject([{ model: "claude-sonnet-4-5", at: parseInstant("2026-11-30") }]);
    expect(text(aReport(events))).toContain("30 Nov, 8 days: claude-sonnet-4-5 stops");
    expect(aReport(events, { now: parseInstant("2026-12-01") }).due).toEqual([]);
  });
});

describe("a report as JSON", () => {
  const report = aReport(aConversation(WASTEFUL, { service: "rag" }));

  it("carries money as decimal strings and no bigint anywhere", () => {
    const json = JSON.parse(JSON.stringify(reportToJson(report))) as Record<string, never>;
    expect(json).toMatchObject({
      schemaVersion: 1,
      total: { usd: "25.00625", requests: 25 },
      joint: { all: { expected: "15.00125" } },
      priceBook: listPriceBook().hash,
    });
  });

  it("is the same byte for byte when built again", () => {
    const again = aReport(aConversation(WASTEFUL, { service: "rag" }));
    expect(JSON.stringify(reportToJson(again))).toBe(JSON.stringify(reportToJson(report)));
  });
});

describe("a report on a part of the ledger", () => {
  it("still knows what its first response continues", () => {
    const steps: Step[] = [
      { at: 0, cacheWrite5m: 50_000 },
      { at: 1_200, cacheWrite5m: 50_000 },
    ];
    const since = parseInstant("2026-10-10T10:10:00Z");
    const report = aReport(aConversation(steps), { since });
    expect(report.total.responses).toBe(1);
    expect(report.where.resent).toMatchObject([{ cause: "expired", responses: 1, usd: usd("0.3125") }]);
  });

  it("does not say of the rest that nothing was found, where only some changes were asked for", () => {
    const events = [
      ...aConversation(WASTEFUL, { service: "rag" }),
      ...aConversation(WASTEFUL, { service: "web", name: "s2" }),
    ];
    const [first] = aReport(events).recommendations;
    expect(text(aReport(events, { only: [first?.id ?? ""] }))).not.toContain("nothing found worth");
  });
});

describe("advice on a part of what there is", () => {
  const report = aReport(aConversation(WASTEFUL, { service: "rag" }));

  it("says how old it is, and of how many responses, in every format", () => {
    const kept = {
      ...report,
      advice: {
        ...report.advice,
        savedAt: parseInstant("2026-11-20T10:00:00Z"),
        position: "w1:0:100:2" as Position,
        newer: 1234,
      },
    };
    const words = "Advice as of 2026-11-20T10:00:00.000Z, over 25 responses; 1,234 newer: --fresh looks again.";
    expect(unwrapped(text(kept))).toContain(words);
    expect(unwrapped(renderMarkdown(kept))).toContain(words);
    expect(reportToJson(kept)).toMatchObject({ advice: { asOf: "2026-11-20T10:00:00.000Z", newer: 1234 } });
    expect(text(report)).not.toContain("Advice");
  });

  it("says how many responses it is of, where the detail of others was pruned", () => {
    const pruned = { ...report, total: { ...report.total, responses: 1_000 } };
    expect(unwrapped(text(pruned))).toContain(
      "Advice rests on the 25 responses of 1,000 whose detail has not been pruned",
    );
    expect(text(pruned)).toContain("60 % of their cost");
  });

  it("says which part, and takes its shares of that part alone", () => {
    const total = { ...report.total, responses: 1_000_000, usd: parseUsd("1000000") };
    const newest = { ...report, total, advice: { ...report.advice, from: parseInstant("2026-11-20T10:00:00Z") } };
    expect(unwrapped(text(newest))).toContain(
      "Advice rests on the newest 25 responses of 1,000,000, those from 20 Nov",
    );
    expect(text(newest)).toContain("THE NEWEST 25 RESPONSES WOULD HAVE COST LESS BY");
    expect(text(newest)).toContain("60 % of their cost");
    expect(reportToJson(newest)).toMatchObject({ advice: { from: "2026-11-20T10:00:00.000Z", usd: "25.00625" } });
  });
});

describe("names from outside", () => {
  it("cannot steer a terminal or break a table", () => {
    const report = aReport(aConversation(WASTEFUL, { service: "\u001b[31mevil\u0007\n| <b>x</b>" }));
    const control = /(?!\n)\p{Cc}/u;
    expect(text(report)).not.toMatch(control);
    expect(renderText(report, { columns: 80, explain: "1" })).not.toMatch(control);
    expect(renderMarkdown(report)).not.toMatch(control);
    expect(renderMarkdown(report)).not.toContain("<b>");
  });

  it("keep their columns in scripts that take two cells a character", () => {
    const lines = text(aReport(aConversation(WASTEFUL, { service: "検索サービスの長い名前の例" }))).split("\n");
    const row = lines.find((line) => line.includes("stop 1h cache")) ?? "";
    expect(row.indexOf("stop")).toBeLessThan(18);
  });
});

describe("a report on a screen of any width", () => {
  it("is laid out without failing, however narrow", () => {
    const report = aReport(aConversation(WASTEFUL, { service: "rag" }));
    for (let columns = 1; columns <= 200; columns += 1) {
      expect(renderText(report, { columns, explain: null })).toContain("rag");
      expect(renderText(report, { columns, explain: "1" })).toContain("CHANGE");
    }
  });

  it("says that nothing matches, where the ledger holds other responses", () => {
    const report = aReport(aConversation(WASTEFUL), { until: parseInstant("2020-01-01") });
    expect(text(report)).toContain("none of the 25 recorded responses matches");
  });
});
