import {
  buildRows,
  canonicalJson,
  requestOfRow,
  type RequestOfRow,
  type RequestRows,
  type ResponseRecorded,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requestLists } from "../support/arbitraries.ts";
import { aRequestCompleted, aRequestFailed, aRequestInterrupted, aUsage } from "../support/builders.ts";
import { asFarAsRowsHold } from "../support/what-a-view-says.ts";

describe("a request as a row", () => {
  it("is what was recorded, but for the usage object, lost snapshots and fields of newer releases", () => {
    fc.assert(
      fc.property(requestLists, (events) => {
        const rows = buildRows(events);
        expect(rows.count).toBe(events.length);
        const back = requestsOf(rows).map((request) => canonicalJson(request));
        expect(back.sort()).toEqual(events.map((event) => canonicalJson(asFarAsRowsHold(event))).sort());
      }),
    );
  });
});

describe("rows", () => {
  it("are in order of their start, then of their id, and placed by their end where the start is unknown", () => {
    const at = (id: string, startedAt: string | null, occurredAt: string): ResponseRecorded =>
      aRequestCompleted({ id, occurredAt, timing: { startedAt } });
    const events = [
      at("c", "2026-10-01T10:00:01.000Z", "2026-10-01T10:00:05.000Z"),
      at("b", "2026-10-01T10:00:01.000Z", "2026-10-01T10:00:02.000Z"),
      at("d", null, "2026-10-01T10:00:02.000Z"),
      at("a", "2026-10-01T10:00:03.000Z", "2026-10-01T10:00:04.000Z"),
    ];
    expect(requestsOf(buildRows(events)).map(({ id }) => id)).toEqual(["b", "c", "d", "a"]);
  });

  it("hold equal terms and equal contexts once", () => {
    const rows = buildRows([
      aRequestCompleted({ id: "a", context: { session: "s" }, usage: aUsage({ output: 1 }) }),
      aRequestCompleted({ id: "b", context: { session: "s" }, usage: aUsage({ output: 2 }) }),
      aRequestInterrupted({ id: "c", context: { session: "s" } }),
      aRequestFailed({ id: "d" }),
    ]);
    expect([rows.terms.length, rows.contexts.length]).toEqual([3, 2]);
  });

  it("keep counts that do not fit 32 bits", () => {
    const usage = aUsage({ cacheRead: 2 ** 40, output: 2 ** 32 }, { thinkingTokens: 2 ** 32 });
    const rows = buildRows([aRequestCompleted({ usage })]);
    expect([rows.cacheRead[0], rows.output[0], rows.thinking[0]]).toEqual([2 ** 40, 2 ** 32, 2 ** 32]);
  });
});

function requestsOf(rows: RequestRows): RequestOfRow[] {
  return Array.from({ length: rows.count }, (_, row) => requestOfRow(rows, row));
}
