import { openLedger, type Position } from "@farthing/ledger";
import { beforeAll, describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { describeInFullRun } from "../support/full-run.ts";
import { runCli } from "../support/run-cli.ts";
import { notPrintedAgain, numbersIn, printedBy, wordsOf } from "./numbers.ts";
import { aRichLedger, HOSTILE_NAMES, recordMore } from "./rich-ledger.ts";

type Json = Record<string, unknown>;

async function print(args: readonly string[]): Promise<Json> {
  const { stdout, stderr } = await runCli(args);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Json;
}

const PERIODS = ["2026-10-10..2026-10-14", "2026-10-15..2026-10-19"];
const LIMITS = ["--max-cost-per-request-increase", "7%", "--max-cache-hit-drop", "2.5"];

/** Every command whose document says how to print its numbers again. */
const ASKED: readonly (readonly string[])[] = [
  ["report"],
  ["report", "--since", "2026-10-11", "--until", "2026-10-18", "--tz", "Asia/Kolkata"],
  ["report", "--where", `workload=${HOSTILE_NAMES[2] ?? ""}`],
  ["report", "--only", "1,2"],
  ["report", "--explain", "2"],
  ["report", "--risk", "none", "--effort", "lines"],
  ["spend", "--by", "day,model,workload"],
  ["spend", "--where", "label:user=ada@example.com"],
  ["requests", "--sort", "usd", "--limit", "5"],
  ["compare", ...PERIODS, "--by", "workload,model"],
  ["budget", "status"],
  ["budget", "status", "--now", "2026-10-20", "--", "-it's"],
  ["check", ...PERIODS, ...LIMITS, "--forecast"],
  ["check"],
  ["advice", "list"],
  ["advice", "show", "1"],
  ["backtest", "--split", "2026-10-17"],
  ["backtest", "--train-share", "0.5"],
];

/** Commands whose documents name their ledgers, and where these were. */
const NAME_LEDGERS = new Set(["compare", "budget", "check"]);

describe("the numbers of a ledger's documents", { timeout: 120_000 }, () => {
  const documents = new Map<string, Json>();
  let ledger = "";

  beforeAll(async () => {
    ledger = await aRichLedger();
    const asOf = await positionOf(ledger);
    for (const args of ASKED) {
      const flags = ["--ledger", ledger, "--format", "json"];
      if (!NAME_LEDGERS.has(args[0] ?? "")) flags.push("--as-of", asOf);
      const position = args.includes("--") ? args.indexOf("--") : args.length;
      documents.set(args.join(" "), await print(args.toSpliced(position, 0, ...flags)));
    }
    await recordMore(ledger);
  }, 120_000);

  it.each(ASKED.map((args) => args.join(" ")))("of %s are printed again, whatever came later", async (asked) => {
    const document = documents.get(asked) ?? {};
    expect(numbersIn(document).length).toBeGreaterThan(5);
    expect(await notPrintedAgain(document, ledger)).toEqual([]);
    // A command of its own would be none that holds still.
    expect(withoutMoment(await printedBy(String(document["command"]), ledger))).toEqual(withoutMoment(document));
  });

  it("are printed again where nothing came later, by commands that name no ledger", async () => {
    const path = await aRichLedger();
    for (const args of [["report"], ["spend", "--by", "workload"], ["advice", "list"]]) {
      const document = await print([...args, "--ledger", path, "--format", "json"]);
      expect(await notPrintedAgain(document, path)).toEqual([]);
      expect(JSON.stringify(document)).not.toContain(path);
    }
  });

  it("would be others by now", async () => {
    const before = documents.get("spend --by day,model,workload");
    const now = await print(["spend", "--by", "day,model,workload", "--ledger", ledger, "--format", "json"]);
    expect(now["total"]).not.toEqual(before?.["total"]);
  });

  it("name a personal label by its token alone", () => {
    const asked = JSON.stringify(documents.get("spend --where label:user=ada@example.com"));
    expect(asked).toContain("label:user=~");
    expect(asked).not.toContain("ada@example.com");
  });

  it("are told of each workload, model and session, and of each recommendation, by a command of its own", () => {
    const { where, recommendations } = documents.get("report") as {
      where: Record<"workloads" | "models" | "sessions", readonly Json[]>;
      recommendations: readonly Json[];
    };
    const named = [...where.workloads, ...where.models, ...where.sessions];
    expect(named.filter(({ command }) => command === undefined)).toEqual([
      expect.objectContaining({ name: "(unnamed)" }),
    ]);
    expect(recommendations.length).toBeGreaterThan(2);
    for (const { id, command } of recommendations) expect(wordsOf(String(command))).toContain(id);
  });

  it("are those of earlier advice where this is what advice rests on", async () => {
    const path = await aRichLedger();
    const question = ["report", "--ledger", path, "--format", "json"];
    const before = await print(question);
    const position = await positionOf(path);
    await recordMore(path);
    const document = await print([...question, "--advice-as-of", position]);
    expect(document["advice"]).toMatchObject({ newer: 204 });
    expect(document["recommendations"]).toEqual(
      (before["recommendations"] as readonly Json[]).map((each) => ({
        ...each,
        command: expect.any(String) as string,
      })),
    );
    expect(await notPrintedAgain(document, path)).toEqual([]);
    const list = await print(["advice", "list", "--ledger", path, "--format", "json", "--advice-as-of", position]);
    expect(await notPrintedAgain(list, path)).toEqual([]);
  });

  it("of two ledgers that are asked differently have the commands of each side alone", async () => {
    const [first, second] = [await aRichLedger(), await aRichLedger()];
    const { exitCode } = await runCli(["settings", "set", "time-zone", "Asia/Tokyo", "--ledger", second]);
    expect(exitCode).toBe(0);
    for (const asked of [["compare"], ["check", ...LIMITS]]) {
      const document = await print([...asked, "--ledger", first, "--ledger-b", second, "--format", "json"]);
      expect(document).not.toHaveProperty("command");
      expect(JSON.stringify(document)).toMatch(
        new RegExp(`"command":"farthing spend --ledger ${second} [^"]*--tz Asia/Tokyo`),
      );
    }
  });

  it("of two ledgers are pinned in both", async () => {
    const [first, second] = [await aRichLedger(), await aRichLedger()];
    await recordMore(second);
    const sides = ["--ledger", first, "--ledger-b", second, "--format", "json"];
    const asked = [await print(["compare", ...sides]), await print(["check", ...sides, ...LIMITS])];
    for (const path of [first, second]) await recordNothingOfNote(path);
    for (const document of asked) expect(await notPrintedAgain(document)).toEqual([]);
  });
});

describe("the numbers of the example", { timeout: 120_000 }, () => {
  it("are printed again", async () => {
    const document = await print(["report", "--example", "--where", "service=ticket-search", "--format", "json"]);
    expect(numbersIn(document).length).toBeGreaterThan(1_000);
    expect(await notPrintedAgain(document)).toEqual([]);
  });
});

describeInFullRun("the numbers of the whole example", "it is replayed ten times", () => {
  it("are printed again", { timeout: 300_000 }, async () => {
    expect(await notPrintedAgain(await print(["report", "--example", "--format", "json"]))).toEqual([]);
  });
});

/** A document without what it says of the moment that was asked for: asked again, it names it. */
function withoutMoment(document: unknown): unknown {
  return JSON.parse(JSON.stringify(document, (key, value: unknown) => (key === "asOf" ? null : value)));
}

async function positionOf(path: string): Promise<Position> {
  await using ledger = await openLedger(path, { mode: "read" });
  const positions: Position[] = [];
  for await (const { position } of ledger.read()) positions.push(position);
  return positions.at(-1) ?? ("" as Position);
}

async function recordNothingOfNote(path: string): Promise<void> {
  await using ledger = await openLedger(path, { mode: "write" });
  await ledger.append([aRequestCompleted({ id: "msg:afterwards", occurredAt: "2026-10-13T10:00:00.000Z" })]);
}
