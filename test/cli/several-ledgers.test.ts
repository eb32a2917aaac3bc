import { cpSync } from "node:fs";
import { join } from "node:path";
import type { LedgerEvent } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aLedger, aLedgerOfSegments } from "../support/a-ledger.ts";
import { requestLists } from "../support/arbitraries.ts";
import { aConversation } from "../support/conversation.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";

const QUESTIONS = [
  ["spend", "--by", "model,day", "--format", "json"],
  ["spend"],
  ["report", "--format", "json"],
  ["report"],
  ["requests", "--sort", "usd", "--format", "json"],
];

async function answers(ledgers: readonly string[]): Promise<readonly unknown[]> {
  const flags = ledgers.flatMap((path) => ["--ledger", path]);
  return Promise.all(QUESTIONS.map((question) => runCli([...question, ...flags])));
}

describe("several ledgers", () => {
  it("are read as one that holds everything, in any order, copied or named twice", async () => {
    const conversation = aConversation(
      Array.from({ length: 30 }, (_, at) => ({ at: at * 100, cacheWrite5m: 5_000, cacheRead: at * 50 })),
      { service: "rag" },
    );
    const events = fc
      .tuple(requestLists, fc.shuffledSubarray(conversation))
      .map((lists): LedgerEvent[] => lists.flat());
    await fc.assert(
      fc.asyncProperty(events, fc.infiniteStream(fc.integer({ min: 1, max: 3 })), async (all, places) => {
        // Each event is in the first ledger, the second, or both.
        const where = all.map(() => Number(places.next().value));
        const [one, two, whole] = await Promise.all([
          aLedgerOfSegments(all.filter((_, index) => ((where[index] ?? 0) & 1) > 0)),
          aLedger(all.filter((_, index) => ((where[index] ?? 0) & 2) > 0)),
          aLedger(all),
        ]);
        const copy = join(emptyFolder(), "copy");
        cpSync(two, copy, { recursive: true });
        const expected = await answers([whole]);
        expect(await answers([one, two])).toEqual(expected);
        expect(await answers([two, copy, one, two])).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });
});
