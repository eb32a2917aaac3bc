import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  decodeEvent,
  encodeEvent,
  formatUsd,
  listPriceBook,
  openLedger,
  querySpend,
  upcast,
  verifyLedger,
  withPriceSets,
  type UnknownEvent,
  type Upcaster,
  type Upcasters,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FIXTURE_EVENTS } from "./fixture-events.ts";

const FIXTURES = join(import.meta.dirname, "fixtures");

/** Ledgers as releases wrote them, by the version of their format. */
const ledgers = readdirSync(FIXTURES).flatMap((version) =>
  readdirSync(join(FIXTURES, version)).map((name) => ({
    name: `${version}/${name}`,
    path: join(FIXTURES, version, name),
  })),
);

describe.each(ledgers)("a ledger of format $name", ({ path }) => {
  it("is sound, and holds what was appended to it", async () => {
    const { isSound, lines, problems } = await verifyLedger(path, { deep: true });
    expect([isSound, lines, problems]).toEqual([true, FIXTURE_EVENTS.length, []]);
    const ledger = await openLedger(path, { mode: "read" });
    const read: string[] = [];
    for await (const { event } of ledger.read()) read.push(encodeEvent(event));
    expect(read.sort()).toEqual(FIXTURE_EVENTS.map(encodeEvent).sort());
    expect(await ledger.settings.read()).toMatchObject({ billing: { test: "per-token" }, timeZone: "Europe/Berlin" });
    await ledger.close();
  });

  it("comes to the same figures as when it was written", async () => {
    const ledger = await openLedger(path, { mode: "read" });
    const account = await ledger.account();
    const { book } = withPriceSets(listPriceBook(), account.priceSets);
    const query = { by: ["model" as const], where: [], since: null, until: null, timeZone: "UTC", book };
    const { total, rows, lowerBoundRequests } = querySpend(account, query);
    // Per million tokens: opus 5 costs 5 and 25 dollars, at half price in a batch; haiku 4.5 costs 1 and 5; the user's card 4 and 20.
    const plain = 1_000 * 5 + 100 * 25;
    const merged = 2_000 * 1 + 200 * 5;
    const interrupted = 100 * 5 + 3 * 25;
    const canary = 1_000 * 4 + 100 * 20;
    const dollars = (millionths: number): string => String(millionths / 1_000_000);
    expect(formatUsd(total.usd)).toBe(dollars(plain + merged + interrupted + plain / 2 + canary));
    expect(rows.map(({ by, usd, requests }) => [by["model"], formatUsd(usd), requests])).toEqual([
      ["claude-opus-5", dollars(plain + interrupted + plain / 2), 3],
      ["claude-internal-canary", dollars(canary), 1],
      ["claude-haiku-4-5", dollars(merged), 1],
    ]);
    expect([total.requests, total.failed, total.failedAtUnknownCost, lowerBoundRequests]).toEqual([5, 3, 1, 1]);
    expect(account.corrected.map(({ event }) => event.id)).toEqual(["msg:corrected"]);
    expect([...account.unknownTypes]).toEqual([["TeapotBrewed@1", 1]]);
    await ledger.close();
  });

  it("can be appended to, and knows what it holds", async () => {
    const copy = join(temporaryFolder(), "ledger");
    cpSync(path, copy, { recursive: true });
    const ledger = await openLedger(copy, { mode: "write" });
    const outcomes = await Promise.all(FIXTURE_EVENTS.map(async (event) => (await ledger.append([event]))[0]?.outcome));
    expect(new Set(outcomes)).toEqual(new Set(["exists"]));
    await ledger.close();
    expect(await verifyLedger(copy)).toMatchObject({ isSound: true, lines: FIXTURE_EVENTS.length });
  });
});

it("there is a fixture of every format that was released", () => {
  expect(ledgers.map(({ name }) => name)).toEqual(["v1/with-record-time", "v1/without-record-time"]);
});

describe("upcasters", () => {
  const old: UnknownEvent = {
    id: "kettle:1",
    type: "KettleBoiled",
    version: 1,
    occurredAt: "2026-10-01T10:00:00.000Z",
    degrees: 212,
  };
  const upcasters: Upcasters = new Map<string, Upcaster>([
    ["KettleBoiled@1", ({ degrees, ...event }) => ({ ...event, version: 2, fahrenheit: degrees })],
    [
      "KettleBoiled@2",
      ({ fahrenheit, ...event }) => ({ ...event, version: 3, celsius: ((Number(fahrenheit) - 32) * 5) / 9 }),
    ],
  ]);

  it("raise an event of any old version to the newest one, step by step", () => {
    const { degrees, ...rest } = old;
    expect(upcast(old, upcasters)).toEqual({ ...rest, version: 3, celsius: 100 });
    expect(upcast({ ...rest, version: 2, fahrenheit: degrees }, upcasters)).toEqual({
      ...rest,
      version: 3,
      celsius: 100,
    });
    expect(upcast({ ...rest, version: 4 }, upcasters)).toEqual({ ...rest, version: 4 });
  });

  it("are applied to every event that is read", () => {
    expect(decodeEvent(encodeEvent(old), upcasters)).toMatchObject({ version: 3, celsius: 100 });
  });

  it("that do not raise the version are refused, and do not run for ever", () => {
    const broken: Upcasters = new Map([["KettleBoiled@1", (event) => event]]);
    expect(() => upcast(old, broken)).toThrow("does not raise the version");
  });
});
