import { setTimeout as wait } from "node:timers/promises";
import { LedgerPrunedError, type LedgerEvent } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aPriceSet } from "../support/builders.ts";
import { CrashDisk } from "../support/crash-disk.ts";
import type { DiskCall } from "../support/crash-file-system.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { treeKey } from "../support/power-losses.ts";
import { FakeDatabase, lossIn, Outbox, requests, SEGMENT_BYTES, type OutboxProcess } from "./bounded-outbox.ts";

const MAX_BYTES = 4 * SEGMENT_BYTES;

async function append({ ledger }: OutboxProcess, events: readonly LedgerEvent[]): Promise<void> {
  for (let from = 0; from < events.length; from += 4) await ledger.append(events.slice(from, from + 4));
}

function idsIn(events: readonly LedgerEvent[]): ReadonlySet<string> {
  return new Set(events.filter(({ type }) => type !== "EventsDropped").map(({ id }) => id));
}

describe("a folder whose segments take more than they may", () => {
  it("loses nothing where all was forwarded: the oldest segments go, and the rest is sound", async () => {
    const [outbox, database] = [new Outbox(), new FakeDatabase()];
    await using host = await outbox.start({ maxBytes: MAX_BYTES, database });
    await append(host, [aPriceSet({ id: "price:1" }), ...requests(1, 40)]);
    expect(outbox.segmentBytes()).toBeGreaterThan(2 * MAX_BYTES);
    expect(await host.pass()).toBe(true);
    expect(outbox.segmentBytes()).toBeLessThanOrEqual(MAX_BYTES);
    expect(idsIn(database.events()).size).toBe(41);
    expect(await outbox.verify()).toEqual([]);
    const held = await outbox.read(eventsOf);
    expect(lossIn(held).count).toBe(0);
    expect(held.map(({ id }) => id)).toContain("msg:40");
    expect(held.map(({ id }) => id)).not.toContain("msg:1");
    expect(
      held.map(({ id }) => id),
      "what decides on what the rest costs",
    ).toContain("price:1");
    await append(host, requests(41, 3));
    await host.pass();
    expect([idsIn(database.events()).size, lossIn(database.events()).count]).toEqual([44, 0]);
  });

  it("loses nothing that came while the rest was forwarded, to a database that takes it", async () => {
    const [outbox, database] = [new Outbox(), new FakeDatabase()];
    await using host = await outbox.start({ maxBytes: MAX_BYTES, database });
    await append(host, requests(1, 1));
    await host.pass();
    await append(host, requests(2, 1));
    database.beforeInsert = () => append(host, requests(3, 40));
    expect(await host.pass()).toBe(true);
    expect(outbox.segmentBytes()).toBeLessThanOrEqual(MAX_BYTES);
    expect(lossIn(await outbox.read(eventsOf)).count).toBe(0);
    expect(idsIn(database.events()).size).toBe(42);
  });

  it("is left alone by a database that never answered, and loses nothing before all of it was forwarded once", async () => {
    const [outbox, database] = [new Outbox(), new FakeDatabase()];
    database.isAway = true;
    await using host = await outbox.start({ maxBytes: MAX_BYTES, database });
    await append(host, requests(1, 40));
    expect(await host.pass()).toBe(false);
    database.isAway = false;
    database.inserts = 0;
    expect(await host.pass()).toBe(false);
    expect((await outbox.read(eventsOf)).length).toBe(40);
    database.inserts = Infinity;
    await host.pass();
    expect(idsIn(database.events()).size).toBe(40);
    expect(outbox.segmentBytes()).toBeLessThanOrEqual(MAX_BYTES);
  });

  it("is kept so before its database ever answered where it was made as an outbox, and says what was lost", async () => {
    const [outbox, database] = [new Outbox(), new FakeDatabase()];
    database.isAway = true;
    {
      await using ledger = await outbox.openShared({ maxBytes: MAX_BYTES, database });
      for (const request of requests(1, 40)) {
        ledger.record(request);
        await ledger.flush();
      }
      expect(outbox.segmentBytes()).toBeGreaterThan(2 * MAX_BYTES);
      // The next try at forwarding comes a second later.
      while (outbox.segmentBytes() > MAX_BYTES) await wait(20);
    }
    const loss = lossIn(await outbox.read(eventsOf));
    expect(loss.count).toBeGreaterThan(10);
    expect(await outbox.verify()).toEqual([]);
    database.isAway = false;
    await using host = await outbox.start({ maxBytes: MAX_BYTES, database });
    expect(await host.pass()).toBe(true);
    const there = idsIn(database.events());
    expect(lossIn(database.events())).toEqual(loss);
    const missing = requests(1, 40).filter(({ id }) => !there.has(id));
    expect(missing.map(({ id }) => id)).toEqual(missing.map((_, index) => `msg:${String(index + 1)}`));
    const output = missing.reduce((sum, _, index) => sum + index + 1, 0);
    expect(loss, "each once").toEqual({ count: missing.length, output });
  });

  it("is known as made for it, whichever step of making it a crash comes after, and is opened again", async () => {
    const [first, database] = [new Outbox(), new FakeDatabase()];
    database.isAway = true;
    const crashed: CrashDisk[] = [];
    const onChange = (): void => {
      crashed.push(first.disk.clone());
    };
    await (await first.openShared({ database, program: { onChange } })).close();
    const durable = new Map(crashed.map((disk) => [treeKey(disk.durable()), disk.durable()]));
    const disks = [...crashed, ...[...durable.values()].map((tree) => CrashDisk.of(tree))];
    const seen = new Set<string>();
    for (const disk of disks) {
      const outbox = new Outbox(disk);
      const { isLedger, isMarked } = outbox.made();
      seen.add(`${String(isLedger)} ${String(isMarked)}`);
      if (isLedger) expect(isMarked).toBe(true);
      await (await outbox.openShared({ database })).close();
      expect(outbox.made()).toEqual({ isLedger: true, isMarked: true });
    }
    expect([...seen].sort()).toEqual(["false false", "false true", "true true"]);
  });

  it("stays as it is while its database never answered where it was a ledger before it was named as an outbox", async () => {
    const [outbox, database] = [new Outbox(), new FakeDatabase()];
    database.isAway = true;
    {
      await using host = await outbox.start({ maxBytes: Infinity, database });
      await append(host, requests(1, 40));
    }
    await using ledger = await outbox.openShared({ maxBytes: MAX_BYTES, database });
    for (const request of requests(41, 1)) ledger.record(request);
    await ledger.close();
    await using host = await outbox.start({ maxBytes: MAX_BYTES, database });
    expect(await host.pass()).toBe(false);
    expect((await outbox.read(eventsOf)).length).toBe(41);
  });

  it("loses the oldest that was not forwarded, and says how many events and tokens that was, here and there", async () => {
    const [outbox, database] = [new Outbox(), new FakeDatabase()];
    await using host = await outbox.start({ maxBytes: MAX_BYTES, database });
    await append(host, requests(1, 1));
    await host.pass();
    database.isAway = true;
    await append(host, requests(2, 49));
    expect(await host.pass()).toBe(false);
    expect(outbox.segmentBytes()).toBeLessThanOrEqual(MAX_BYTES + SEGMENT_BYTES);
    const here = lossIn(await outbox.read(eventsOf));
    database.isAway = false;
    await host.pass();
    const there = idsIn(database.events());
    const missing = requests(1, 50).filter(({ id }) => !there.has(id));
    expect(missing.length).toBeGreaterThan(10);
    expect(
      missing.map(({ id }) => id),
      "the oldest",
    ).toEqual(missing.map((_, index) => `msg:${String(index + 2)}`));
    const output = missing.reduce((sum, _, index) => sum + index + 2, 0);
    expect(here).toEqual({ count: missing.length, output });
    expect(lossIn(database.events())).toEqual(here);
    expect(await outbox.verify()).toEqual([]);
    await expect(outbox.read((ledger) => ledger.view({ asOf: Date.now() - 3_600_000 }))).rejects.toThrow(
      LedgerPrunedError,
    );
  });

  it("keeps what one of its databases lacks before what none does, and knows a database that was moved", async () => {
    const [outbox, one, other] = [new Outbox(), new FakeDatabase(), new FakeDatabase()];
    other.ledger = "other";
    const pass = async (database: FakeDatabase, url: string, events: readonly LedgerEvent[]): Promise<void> => {
      await using host = await outbox.start({ maxBytes: MAX_BYTES, database, url });
      await append(host, events);
      await host.pass();
    };
    await pass(one, "postgres://one/usage", requests(1, 2));
    await pass(other, "postgres://other/usage", []);
    await pass(one, "postgres://moved/usage", requests(3, 40));
    const loss = async (): Promise<number> => lossIn(await outbox.read(eventsOf)).count;
    expect(await loss(), "what went is in one of them").toBe(0);
    await pass(other, "postgres://other/usage", []);
    const lacked = lossIn(other.events()).count;
    expect(lacked, "not in the other one").toBeGreaterThan(10);
    expect(idsIn(other.events()).size + lacked).toBe(42);
    await pass(one, "postgres://moved/usage", requests(43, 4));
    await pass(other, "postgres://other/usage", []);
    expect(idsIn(one.events()).size, "the one that was moved").toBe(46);
    expect(lossIn(one.events()).count, "it lacks nothing").toBe(0);
    expect([lossIn(other.events()).count, await loss()], "both have what went since").toEqual([lacked, 0]);
  });

  it("holds, counts as lost or has forwarded every event exactly once, whatever is away and whenever it is started", async () => {
    const step = fc.record({
      events: fc.integer({ min: 0, max: 12 }),
      database: fc.constantFrom("there", "away", "away", "breaks"),
      restarts: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 7 }), async (steps) => {
        const [outbox, database] = [new Outbox(), new FakeDatabase()];
        const options = { maxBytes: MAX_BYTES, database };
        let host = await outbox.start(options);
        await append(host, requests(1, 1));
        await host.pass();
        let recorded = 1;
        for (const { events, database: is, restarts } of steps) {
          database.isAway = is === "away";
          database.inserts = is === "breaks" ? 0 : Infinity;
          // What is appended at once is in one segment, and the newest two stay.
          for (let left = events; left > 0; left -= 2) {
            await append(host, requests(recorded + 1, Math.min(2, left)));
            recorded += Math.min(2, left);
          }
          await host.pass();
          const logs = outbox.segments().filter((name) => name.startsWith("rollup"));
          expect(outbox.segmentBytes()).toBeLessThanOrEqual(MAX_BYTES + SEGMENT_BYTES + 700 * logs.length);
          if (!restarts) continue;
          await host[Symbol.asyncDispose]();
          host = await outbox.start(options);
        }
        database.isAway = false;
        database.inserts = Infinity;
        await host.pass();
        await host[Symbol.asyncDispose]();
        const arrived = [...idsIn(database.events())].map((id) => Number(id.slice(4)));
        const { count, output } = lossIn(database.events());
        expect(arrived.length + count).toBe(recorded);
        expect(arrived.reduce((sum, number) => sum + number, 0) + output).toBe((recorded * (recorded + 1)) / 2);
        expect(await outbox.verify()).toEqual([]);
      }),
      { numRuns: 5 },
    );
  });

  it("counts what is lost once, whichever step a crash comes after, and goes on", async () => {
    const database = new FakeDatabase();
    const first = new Outbox();
    {
      await using host = await first.start({ maxBytes: Infinity, database });
      await append(host, requests(1, 9));
      await host.pass();
      database.isAway = true;
      await append(host, requests(10, 16));
    }
    const crashed: CrashDisk[] = [];
    const onChange = ({ kind, path }: DiskCall): void => {
      if (path.includes("rollup") || path.includes("pruned") || (kind === "remove" && path.includes("segments")))
        crashed.push(first.disk.clone());
    };
    {
      await using host = await first.start({ maxBytes: MAX_BYTES, database, program: { onChange } });
      await host.pass();
    }
    const durable = new Map(crashed.map((disk) => [treeKey(disk.durable()), disk.durable()]));
    const states = [...crashed, ...[...durable.values()].map((tree) => CrashDisk.of(tree))];
    expect(crashed.length).toBeGreaterThan(10);
    const before = new Set(database.lines);
    database.isAway = false;
    for (const disk of states) {
      database.lines.clear();
      for (const line of before) database.lines.add(line);
      const outbox = new Outbox(disk);
      await using host = await outbox.start({ maxBytes: MAX_BYTES, database });
      await host.pass();
      const arrived = idsIn(database.events());
      expect(arrived.size + lossIn(database.events()).count).toBe(25);
      expect((await outbox.verify()).filter(({ severity }) => severity === "damage")).toEqual([]);
      expect(lossIn(await outbox.read(eventsOf)).count).toBe(lossIn(database.events()).count);
    }
  });
});
