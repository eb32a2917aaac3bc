import type { Plan } from "@farthing/advisor";
import { openLedger, type LedgerEvent } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adviceId } from "../../packages/advisor/src/portfolio/advice-id.ts";
import { heardPlans, type DismissedAdvice } from "../../packages/advisor/src/portfolio/settled-advice.ts";
import { aLedger } from "../support/a-ledger.ts";
import { aConversation } from "../support/conversation.ts";
import { runCli } from "../support/run-cli.ts";
import { aRange, at, usd } from "./decided.ts";

const PLAN: Plan = {
  strategy: "batch",
  workload: "chat",
  subject: "",
  title: "Batches; nobody waits",
  lever: "code",
  risk: "later-answers",
  effort: "rework",
  change: "",
  undo: "",
  uncertainty: "",
  needsReplay: false,
  conflictGroup: null,
  rewrite: (request) => [request],
  breakEven: () => null,
};
const ID = adviceId("batch", "chat", "");

/** Dismissed when it would have saved $10 in ten days. */
const DISMISSED: DismissedAdvice = {
  at: at("2026-10-11"),
  reason: "not now",
  title: "Batches; nobody waits",
  target: "",
  saving: usd("10"),
  days: 10,
};

function heard(
  saving: readonly [low: string, expected: string],
  days: number,
  plan = PLAN,
): ReturnType<typeof heardPlans> {
  const settled = { applied: new Set<string>(), dismissed: new Map([[ID, DISMISSED]]) };
  return heardPlans([plan], settled, days, () => aRange(saving[0], saving[1], "1000"));
}

describe("dismissed advice", () => {
  it("stays away while it saves less than half as much again a day, however many days there are", () => {
    expect(heard(["9", "10"], 10)).toEqual({ plans: [], returned: new Map() });
    expect(heard(["90", "100"], 100).plans).toEqual([]);
    expect(heard(["14", "14.99"], 10).plans).toEqual([]);
    expect(heard(["1", "2"], 10).plans).toEqual([]);
  });

  it("is given again once it saves half as much again a day, and says what it saved then", () => {
    const { plans, returned } = heard(["29", "30"], 20);
    expect(plans).toEqual([PLAN]);
    expect(returned.get(ID)).toEqual({
      dismissedAt: at("2026-10-11"),
      reason: "not now",
      because: { kind: "saves-more", perDayThen: usd("1"), perDayNow: usd("1.5") },
    });
  });

  it("stays away where what it saves may still be as little as then", () => {
    expect(heard(["10", "20"], 10).plans).toEqual([]);
    expect(heard(["10.01", "20"], 10).plans).toEqual([PLAN]);
  });

  it("is given again where it is another change by then, such as to another model", () => {
    const { returned } = heard(["1", "2"], 10, { ...PLAN, target: "claude-haiku-9" });
    expect(returned.get(ID)?.because).toEqual({ kind: "other-change", titleThen: "Batches; nobody waits" });
  });

  it("keeps no other advice away, and what is made already is gone for good", () => {
    const others = fc.record({ workload: fc.constantFrom("web", "rag"), subject: fc.constantFrom("", "a") });
    fc.assert(
      fc.property(fc.array(others), (found) => {
        const plans = found.map((each) => ({ ...PLAN, ...each }));
        const settled = { applied: new Set([ID]), dismissed: new Map([[ID, DISMISSED]]) };
        const all = heardPlans([PLAN, ...plans], settled, 10, () => aRange("100", "200", "300"));
        expect(all.plans).toEqual(plans);
      }),
    );
  });

  it("comes back into the report, which says why, and can be dismissed as it is then", async () => {
    const ledger = await aLedger(wasteful(10, "2026-10-01"));
    const run = async (now: string, ...args: readonly string[]): Promise<string> => {
      const { exitCode, stdout, stderr } = await runCli([...args, "--ledger", ledger, "--now", now]);
      expect([exitCode, stderr]).toEqual([0, ""]);
      return stdout.replace(/\s+/g, " ");
    };
    await run("2026-10-11", "advice", "dismiss", "1", "--reason", "not now");
    const quiet = await run("2026-10-11", "report");
    expect(quiet).toContain("1 dismissed and left out: farthing advice list");
    expect(quiet).not.toContain("stop 1h cache");
    await using writer = await openLedger(ledger, { mode: "write" });
    // Ten days with three times as much: over all twenty days, twice as much a day as when it was dismissed.
    await writer.append(["a", "b", "c"].flatMap((name) => wasteful(10, "2026-10-11", name)));
    const back = await run("2026-10-21", "report");
    expect(back).toMatch(
      /dismissed 11 Oct \(not now\), and back: it saves \$\d+\.\d\d a day with use, \$\d+\.\d\d then/,
    );
    expect(back).not.toContain("dismissed and left out");
    await run("2026-10-21", "advice", "dismiss", "1", "--reason", "still not");
    expect(await run("2026-10-21", "report")).not.toContain("stop 1h cache");
    expect(await run("2026-10-21", "advice", "list")).toContain("dismissed 21 Oct: still not");
  });
});

/** A service that writes four times a day what nobody reads. */
function wasteful(days: number, from: string, name = "first"): LedgerEvent[] {
  return aConversation(
    Array.from({ length: 4 * days }, (_, number) => ({ at: number * 21_600, continues: -1, cacheWrite1h: 90_000 })),
    { service: "rag", name, startedAt: `${from}T01:00:00.000Z` },
  );
}
