import { join } from "node:path";
import { buildRows, lastRequestsProjection, openLedger, type RowBatch } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aRequestCompleted, aUsageCorrected, NO_IDS } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const BY_HOST = lastRequestsProjection(["service", "host"]);

interface Call {
  readonly host: string;
  /** Seconds. */
  readonly at: number;
}

function aRequest({ host, at }: Call): ReturnType<typeof aRequestCompleted> {
  return aRequestCompleted({
    id: `req:${host}/${String(at)}`,
    occurredAt: new Date(at * 1000).toISOString(),
    ids: NO_IDS,
    context: { service: "search", host },
  });
}

function batchOf(calls: readonly Call[]): RowBatch {
  return { key: null, rows: buildRows(calls.map(aRequest)), dead: null };
}

function lastOf(calls: readonly Call[]): ReadonlyMap<string, number> {
  const state = BY_HOST.newState();
  state.add(batchOf(calls));
  return state.result();
}

describe("the last request of each host", () => {
  it("is the latest of all that count, whatever was taken away, or has to be looked for anew", () => {
    const calls = fc.uniqueArray(
      fc.record({ host: fc.constantFrom("a", "b"), at: fc.integer({ min: 1, max: 9 }), isTaken: fc.boolean() }),
      { selector: ({ host, at }) => `${host}${String(at)}` },
    );
    fc.assert(
      fc.property(calls, (all) => {
        const state = BY_HOST.newState();
        state.add(batchOf(all));
        const restored = BY_HOST.restore(state.parts());
        restored.subtract(batchOf(all.filter(({ isTaken }) => isTaken)));
        const kept = all.filter(({ isTaken }) => !isTaken);
        if (restored.isExact()) expect(restored.result()).toEqual(lastOf(kept));
        else expect(lastOf(kept)).not.toEqual(lastOf(all));
      }),
    );
  });

  it("is brought up to date in a ledger, corrections included", async () => {
    await using ledger = await openLedger(join(temporaryFolder(), "ledger"), {
      mode: "write",
      create: true,
      segmentBytes: 2048,
    });
    for (let at = 1; at <= 9; at += 1) await ledger.append([aRequest({ host: "a", at })]);
    expect(await ledger.ask(BY_HOST)).toEqual(new Map([['["search","a"]', 9000]]));
    await ledger.append([aUsageCorrected({ corrects: "req:a/9" }), aRequest({ host: "b", at: 3 })]);
    expect(await ledger.ask(BY_HOST)).toEqual(
      new Map([
        ['["search","a"]', 8000],
        ['["search","b"]', 3000],
      ]),
    );
  });
});
