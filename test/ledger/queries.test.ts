import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  listPriceBook,
  openLedger,
  parseInstant,
  parseUsd,
  totalsProjection,
  type EventProjection,
  type Ledger,
  type LedgerEvent,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";

function dollars(id: string, millions: number, service: string): LedgerEvent {
  const usage = aUsage({ uncachedInput: millions * 1_000_000 });
  return aRequestCompleted({ id, usage, context: { service }, labels: { team: service } });
}

const EVENTS = [dollars("msg:1", 1, "rag"), dollars("msg:2", 2, "web"), dollars("msg:3", 3, "rag")];

async function reader(events: readonly LedgerEvent[] = EVENTS): Promise<Ledger> {
  return openLedger(await aLedger(events), { mode: "read" });
}

describe("a ledger that an application reads", () => {
  it("says what was spent, by whatever dimensions", async () => {
    await using ledger = await reader();
    const { total, rows } = await ledger.spend({ by: ["service"] });
    expect([total.usd, total.requests]).toEqual([parseUsd("30"), 3]);
    expect(rows.map(({ by, usd }) => [by["service"], usd])).toEqual([
      ["rag", parseUsd("20")],
      ["web", parseUsd("10")],
    ]);
    const ofRag = await ledger.spend({ where: [{ key: "label:team", value: "rag" }] });
    expect(ofRag.total.requests).toBe(2);
    expect((await ledger.spend({ until: parseInstant("2020-01-01") })).total.requests).toBe(0);
  });

  it("lists the first requests in an order, a hundred unless told otherwise", async () => {
    await using ledger = await reader(
      Array.from({ length: 120 }, (_, at) => dollars(`msg:${String(at)}`, at + 1, "rag")),
    );
    const { rows, matched } = await ledger.requests({ sort: "usd", limit: 2 });
    expect([matched, ...rows.map(({ response }) => response.id)]).toEqual([120, "msg:119", "msg:118"]);
    expect((await ledger.requests()).rows).toHaveLength(100);
    expect((await ledger.requests({ limit: null })).rows).toHaveLength(120);
  });

  it("sees what is appended between two questions", async () => {
    const path = await aLedger(EVENTS);
    await using ledger = await openLedger(path, { mode: "write" });
    expect((await ledger.spend()).total.usd).toBe(parseUsd("30"));
    await ledger.append([dollars("msg:4", 4, "rag")]);
    expect((await ledger.spend()).total.usd).toBe(parseUsd("50"));
  });

  it("answers a question of its own over merged requests", async () => {
    await using ledger = await reader([...EVENTS, ...EVENTS]);
    const filter = { where: [], since: null, until: null, timeZone: "UTC", book: listPriceBook() };
    const { spend } = await ledger.ask(totalsProjection({ ...filter, longPromptTokens: 100_000, sessionsMax: 10 }));
    expect(spend.total.requests).toBe(3);
  });

  it("refuses questions once it is closed", async () => {
    const ledger = await reader();
    await ledger.close();
    await expect(ledger.spend()).rejects.toMatchObject({ code: "LEDGER_CLOSED" });
  });
});

describe("a projection of recorded events", () => {
  const seen: string[] = [];
  const idsByService: EventProjection<Record<string, string[]>> = {
    name: "ids-by-service",
    version: 1,
    initialState: () => ({}),
    evolve: (state, event) => {
      seen.push(event.id);
      const service = "context" in event ? ((event.context as { service: string | null }).service ?? "") : "";
      return { ...state, [service]: [...new Set([...(state[service] ?? []), event.id])].sort() };
    },
  };

  it("reads on where it stopped, and comes to what a rebuild comes to", async () => {
    const path = await aLedger(EVENTS);
    await using ledger = await openLedger(path, { mode: "write" });
    expect(await ledger.project(idsByService)).toEqual({ rag: ["msg:1", "msg:3"], web: ["msg:2"] });
    seen.length = 0;
    await ledger.append([dollars("msg:4", 1, "web")]);
    const caughtUp = await ledger.project(idsByService);
    expect(seen).toEqual(["msg:4"]);
    expect(await ledger.project({ ...idsByService, version: 2 })).toEqual(caughtUp);
    expect(caughtUp).toEqual({ rag: ["msg:1", "msg:3"], web: ["msg:2", "msg:4"] });
  });

  it("is rebuilt where its checkpoint is damaged anywhere", async () => {
    const path = await aLedger(EVENTS);
    await using ledger = await openLedger(path, { mode: "read" });
    const state = await ledger.project(idsByService);
    const file = join(path, "checkpoints", readdirSync(join(path, "checkpoints"))[0] ?? "");
    const bytes = readFileSync(file);
    for (let place = 0; place < bytes.length; place += 7) {
      const damaged = Buffer.from(bytes);
      damaged[place] = (damaged[place] ?? 0) ^ 4;
      writeFileSync(file, damaged);
      expect(await ledger.project(idsByService)).toEqual(state);
    }
  });
});
