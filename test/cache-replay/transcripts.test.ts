import { beforeAll, expect, it } from "vitest";
import { importPaths } from "../import/support/import-transcripts.ts";
import { MemoryLedger } from "../import/support/memory-ledger.ts";
import { describeWithSharedData } from "../support/shared-data.ts";
import { isExact, stepsOf, type WarmStep } from "./transcripts.ts";

const FIVE_MINUTES_MS = 5 * 60_000;

/** Why a step read something else than what the one before it had read and written. */
const REASONS = {
  newTurn:
    "with a new turn of the user only tools and system prompt were read again: what came before was sent otherwise, or missed",
  compacted: "the conversation had just been replaced by a summary",
  interrupted: "the user had interrupted an attempt, whose usage was not recorded: 103 tokens more were cached",
} as const;

/** Every step that is not exact, what the rule expects, and what was read. */
const NOT_EXACT: Readonly<Record<string, readonly [keyof typeof REASONS, expected: number, read: number]>> = {
  msg_01ToTCPLd5fSGerRLJm4qprJ: ["interrupted", 42_211, 42_314],
  msg_01LbyjvsALGe2gMsTgDSj7e6: ["newTurn", 26_006, 18_014],
  msg_01B4EwuiDkKrEJspGhvd1zPk: ["newTurn", 111_067, 21_460],
  msg_01VSoUt6f6orEzuDGsX9SQM5: ["compacted", 166_758, 21_460],
  msg_01DhuDniArUFByxchW2KcFxt: ["newTurn", 76_540, 21_460],
  msg_01NvVN4PVKoD4wgRrBm3Vwyj: ["newTurn", 98_231, 21_478],
};

/** Of some steps, how many there are and how many of them are exact. */
type Counts = readonly [steps: number, exact: number];

function counted(steps: readonly WarmStep[]): Counts {
  return [steps.length, steps.filter(isExact).length];
}

function bySession(steps: readonly WarmStep[]): Readonly<Record<string, Counts>> {
  const sessions = new Set(steps.map(({ session }) => session));
  return Object.fromEntries(
    [...sessions].map((session) => [session, counted(steps.filter((step) => step.session === session))]),
  );
}

function words(name: string, [steps, exact]: Counts): string {
  return `${name.padEnd(26)} ${String(exact).padStart(4)} of ${String(steps).padStart(4)} steps exact, ${((100 * exact) / steps).toFixed(1)} %`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

describeWithSharedData("steps of real transcripts", "claude-code/real/projects", (projects) => {
  let warm: readonly WarmStep[] = [];
  let late: readonly number[] = [];

  beforeAll(async () => {
    const ledger = new MemoryLedger();
    await importPaths(ledger, projects);
    ({ warm, late } = stepsOf(ledger.responses()));
  });

  it("read what the step before read and wrote in 98 % of the steps within five minutes", () => {
    const soon = warm.filter(({ sinceMs }) => sinceMs < FIVE_MINUTES_MS);
    for (const [session, counts] of Object.entries(bySession(soon))) print(words(session, counts));
    print(words("within 5 minutes", counted(soon)));
    const [steps, exact] = counted(soon);
    expect(exact / steps).toBeGreaterThanOrEqual(0.98);
    expect(steps).toBeGreaterThan(500);
  });

  it("read it after up to an hour too where it was written for an hour, and not once after that", () => {
    const later = warm.filter(({ sinceMs }) => sinceMs >= FIVE_MINUTES_MS);
    const forAnHour = warm.filter(({ lifetime }) => lifetime === "1h");
    print(words("written for 1 hour", counted(forAnHour)));
    print(words("  after 5 to 60 minutes", counted(later)));
    print(words("all within the lifetime", counted(warm)));
    const [steps, exact] = counted(later);
    expect(steps).toBeGreaterThan(0);
    expect(exact).toBe(steps);
    expect(late).toEqual([0, 0]);
  });

  it("are all exact but those listed with a reason", () => {
    const misses = warm.filter((step) => !isExact(step));
    for (const { message, session, expected, read } of misses) {
      const reason = REASONS[NOT_EXACT[message]?.[0] ?? "newTurn"];
      print(`${session} ${message}: ${String(read)} read, not ${String(expected)}: ${reason}`);
    }
    expect(Object.fromEntries(misses.map(({ message, expected, read }) => [message, [expected, read]]))).toEqual(
      Object.fromEntries(Object.entries(NOT_EXACT).map(([message, [, expected, read]]) => [message, [expected, read]])),
    );
  });
});
