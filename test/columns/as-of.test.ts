import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { foldAccount, openLedger, openView, type LedgerEvent, type Position } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventIds, events } from "../support/arbitraries.ts";
import { aPlaceholder, aRequestCompleted, aRequestFailed } from "../support/builders.ts";
import { isFullRun } from "../support/full-run.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";
import { saidByAccount, saidByView } from "../support/what-a-view-says.ts";

const logs = fc.array(fc.array(events(eventIds), { maxLength: 7 }), { minLength: 1, maxLength: 3 });
const RUNS = { numRuns: isFullRun ? 100 : 8 };

describe("a view as of a position", () => {
  it("says what the account of the events up to there says", async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.integer({ min: 1, max: 3 }), fc.nat(), async (recorded, linesPerSegment, which) => {
        const path = await aLedgerOfSegments(recorded, linesPerSegment);
        const { position, before } = await somePosition(path, which);
        const view = await openView([path], { asOf: position });
        expect(await saidByView(view)).toEqual(saidByAccount(foldAccount(before)));
        expect(view.position).toBe(position);
      }),
      RUNS,
    );
  });
});

describe("a view as of an instant", () => {
  it("says what the account of the events recorded until then says", async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.integer({ min: 1, max: 3 }), fc.nat({ max: 25 }), async (recorded, lines, instant) => {
        let clock = 0;
        const path = await aLedgerOfSegments(recorded, lines, () => (clock += 1));
        const view = await openView([path], { asOf: instant });
        expect(await saidByView(view)).toEqual(saidByAccount(foldAccount(recordedUntil(path, instant))));
      }),
      RUNS,
    );
  });
});

describe("a view as of a moment at which a response was not complete yet", () => {
  it("says what was known of it then, though its row is merged with a later line of another log", async () => {
    let clock = 0;
    const first = [...["a", "b"].map((id) => aRequestCompleted({ id })), aPlaceholder({ id: "msg" }), aRequestFailed()];
    const later = [aRequestCompleted({ id: "msg" }), ...["c", "d"].map((id) => aRequestCompleted({ id }))];
    const path = await aLedgerOfSegments([first, later], 2, () => (clock += 1));
    const all = await openView([path]);
    expect(await saidByView(all)).toEqual(saidByAccount(foldAccount([...first, ...later])));
    const [writer] = [...all.heads].find(([, { seq }]) => seq === first.length) ?? [];
    const position = all.position.split(",").find((place) => place.startsWith(`${writer ?? ""}:`)) as Position;
    for (const asOf of [all.heads.get(writer ?? "")?.at ?? null, position]) {
      expect(await saidByView(await openView([path], { asOf }))).toEqual(saidByAccount(foldAccount(first)));
    }
  });
});

describe("a view of all there is", () => {
  it("is at the position after the last event", async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.integer({ min: 1, max: 3 }), async (recorded, linesPerSegment) => {
        const path = await aLedgerOfSegments(recorded, linesPerSegment);
        const { position } = await somePosition(path, -1);
        expect((await openView([path])).position).toBe(position);
      }),
      RUNS,
    );
  });
});

/** One of a ledger's positions, and the events up to it; the last one for a negative number. */
async function somePosition(
  path: string,
  which: number,
): Promise<{ readonly position: Position; readonly before: readonly LedgerEvent[] }> {
  await using ledger = await openLedger(path, { mode: "read" });
  const positions: Position[] = ["" as Position];
  const before: LedgerEvent[] = [];
  for await (const { position, event } of ledger.read()) {
    positions.push(position);
    before.push(event);
  }
  const index = which < 0 ? positions.length - 1 : which % positions.length;
  return { position: positions[index] ?? ("" as Position), before: before.slice(0, index) };
}

/** By the documented form of a line alone. */
function recordedUntil(path: string, instant: number): LedgerEvent[] {
  const folder = join(path, "segments");
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
  return lines
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))
    .filter(({ at }) => at <= instant)
    .map(({ event }) => event);
}
