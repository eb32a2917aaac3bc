import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  accountOf,
  canonicalJson,
  evolveAccount,
  newAccountState,
  openLedger,
  openView,
  type LedgerEvent,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aBatchRequestSubmitted } from "../support/batch-builders.ts";
import { eventIds, events } from "../support/arbitraries.ts";
import { aRequestCompleted, anUnknownEvent, aUsageCorrected, NO_CONTEXT } from "../support/builders.ts";
import { isFullRun } from "../support/full-run.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";
import { emptyFolder } from "../support/run-cli.ts";

const IDS = ["msg:1", "msg:2", "req:3", "batch:b/\u00fc 4", "nowhere"];

describe("an event is found by its id", () => {
  it("merged with all that was recorded under it, wherever that lies, unless it was taken back", async () => {
    const logs = fc.array(fc.array(events(eventIds), { maxLength: 8 }), { minLength: 1, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(
        logs,
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        fc.boolean(),
        async (recorded, lines, areHashesEqual, areColumnsDeleted) => {
          const path = await aLedgerOfSegments(recorded, lines);
          const view = await openView([path], areHashesEqual ? { idHash: (id) => id.length % 2 } : {});
          const expected = asJson(standing(recorded.flat()));
          expect(asJson(await view.find(IDS))).toEqual(expected);
          // The view has made column files, of which those with other hashes are no use here.
          if (areHashesEqual || areColumnsDeleted) rmSync(join(path, "columns"), { recursive: true, force: true });
          await using ledger = await openLedger(path, { mode: "read" });
          expect(asJson(await ledger.find(IDS))).toEqual(expected);
        },
      ),
      { numRuns: isFullRun ? 80 : 12 },
    );
  });

  it("across ledgers, one of which holds a part of what is known of it", async () => {
    const early = aRequestCompleted({ requestedModel: null });
    const late = aRequestCompleted({ labels: { team: "search" }, sources: ["elsewhere"] });
    const paths = [await aLedgerOfSegments([[early]], 1), await aLedgerOfSegments([[late]], 1)];
    const view = await openView(paths);
    expect((await view.find(["msg:msg_1"])).get("msg:msg_1")).toMatchObject({
      labels: { team: "search" },
      sources: ["elsewhere", "test"],
    });
  });

  it("among thousands, of a kind that a view does not hold", async () => {
    const submitted = Array.from({ length: 3_000 }, (_, index) =>
      aBatchRequestSubmitted({ id: `batch-request:b/${String(index)}`, custom: String(index) }),
    );
    const path = join(emptyFolder(), "ledger");
    await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: 262_144 });
    for (let start = 0; start < submitted.length; start += 500)
      await ledger.append(submitted.slice(start, start + 500));
    const view = await openView([path]);
    expect(view.files.length).toBeGreaterThan(1);
    expect(view.others).toEqual([]);
    const wanted = submitted.map(({ id }) => id);
    const found = await view.find([...wanted, ...wanted, "nowhere"]);
    expect(found).toEqual(new Map(submitted.map((event) => [event.id, event])));
  });

  it("at once after it was recorded, and not after the events of newer releases", async () => {
    const path = join(emptyFolder(), "ledger");
    await using ledger = await openLedger(path, { mode: "write", create: true });
    const response = aRequestCompleted({ context: { ...NO_CONTEXT, service: "shop" } });
    ledger.record(response);
    ledger.record(anUnknownEvent({ id: "teapot" }));
    expect(await ledger.find(["msg:msg_1", "teapot"])).toEqual(new Map([["msg:msg_1", response]]));
    ledger.record(aUsageCorrected({ corrects: "msg:msg_1" }));
    expect(await ledger.find(["msg:msg_1"])).toEqual(new Map());
    expect(await ledger.find([])).toEqual(new Map());
  });
});

function standing(recorded: readonly LedgerEvent[]): ReadonlyMap<string, LedgerEvent> {
  const state = newAccountState();
  for (const event of recorded) evolveAccount(state, event);
  const corrected = new Set(accountOf(state).corrected.map(({ event }) => event.id));
  return new Map([...state.known].filter(([id]) => IDS.includes(id) && !corrected.has(id)));
}

function asJson(found: ReadonlyMap<string, LedgerEvent>): readonly string[] {
  return [...found.values()].map((event) => canonicalJson(event)).sort();
}
