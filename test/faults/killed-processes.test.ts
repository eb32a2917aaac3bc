import { tmpdir } from "node:os";
import { join } from "node:path";
import { isResponse, openLedger, verifyLedger } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { isFullRun } from "../support/full-run.ts";
import { aWritersEvent, bundleLedger, KilledWriter } from "../support/killed-writers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { saidByAccount, saidByView } from "../support/what-a-view-says.ts";

const ROUNDS = isFullRun ? 500 : 6;
/** After so many rounds another ledger is begun: who opens one to append reads all of it. */
const ROUNDS_PER_LEDGER = 10;
const WRITERS = ["a", "b", "c", "d"];

describe("four processes that append to one ledger", () => {
  it(
    `killed at random ${String(ROUNDS)} times, lose nothing acknowledged, count nothing twice, and leave a ledger that opens`,
    { timeout: 1_500_000 },
    async () => {
      const script = await bundleLedger();
      let acknowledgedInAll = 0;
      for (let round = 0; round < ROUNDS;) {
        // On a disk, whose syncs are what most kills fall into.
        const path = join(temporaryFolder(tmpdir()), "ledger");
        const acknowledged = new Set<string>();
        for (let turn = 0; turn < ROUNDS_PER_LEDGER && round < ROUNDS; turn += 1, round += 1) {
          for (const id of await aRound(script, path, round)) acknowledged.add(id);
          await expectAll(path, acknowledged);
        }
        await expectColumns(path);
        acknowledgedInAll += acknowledged.size;
      }
      expect(acknowledgedInAll).toBeGreaterThan(ROUNDS);
    },
  );
});

/** Starts the writers, kills each at an instant of its own, and returns what they were told is kept. */
async function aRound(script: string, ledger: string, round: number): Promise<readonly string[]> {
  const shared = [1, 2, 3].map((number) => `msg:shared-${String(round)}-${String(number)}`);
  const event = aWritersEvent();
  const killed = WRITERS.map((name) => {
    const plan = { ledger, event, shared, name: `msg:${String(round)}-${name}`, segmentBytes: 20_000 };
    const early = Math.random() < 0.2;
    return new KilledWriter(script, plan).killAfter(
      early ? { start: Math.random() * 300 } : { firstWrite: Math.random() * 100 },
    );
  });
  return (await Promise.all(killed)).flat();
}

/** What the column files say that were made in between, and are made now. */
async function expectColumns(path: string): Promise<void> {
  await using ledger = await openLedger(path, { mode: "read" });
  const expected = saidByAccount(await ledger.account());
  expect(await saidByView(await ledger.view({ columns: "use" }))).toEqual(expected);
  expect(await saidByView(await ledger.view())).toEqual(expected);
  expect(await verifyLedger(path)).toMatchObject({ isSound: true, lost: 0 });
}

async function expectAll(path: string, acknowledged: ReadonlySet<string>): Promise<void> {
  if (acknowledged.size === 0) return;
  await using ledger = await openLedger(path, { mode: "read" });
  const { responses, conflicts, others } = await ledger.account();
  const ids = new Set(responses.map(({ id }) => id));
  expect(
    [...acknowledged].filter((id) => !ids.has(id)),
    "acknowledged and lost",
  ).toEqual([]);
  expect(responses.length, "counted twice").toBe(ids.size);
  expect({ conflicts, others, damage: ledger.damage() }).toEqual({ conflicts: [], others: [], damage: [] });
  const tokens = responses.filter(isResponse).flatMap(({ usage }) => usage.parts.map((part) => part.tokens.output));
  expect(tokens.every((output) => output === 10) && tokens.length === ids.size, "10 output tokens each").toBe(true);
}
