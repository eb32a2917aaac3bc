import { basename } from "node:path";
import type { LedgerEvent } from "@farthing/ledger";
import { expect, it } from "vitest";
import { eventsOf } from "../support/describe-event-store.ts";
import type { DiskProgramOptions } from "../support/crash-file-system.ts";
import { FakeDatabase, lossIn, Outbox, requests, type OutboxProcess } from "./bounded-outbox.ts";

/** So many of them are more than is sent at once. */
const AT_ONCE = 20;
const TEXT = "x".repeat(250_000);
const MAX_BYTES = 8_000_000;

/** Requests that take a quarter of a megabyte each. */
function large(from: number, count: number): LedgerEvent[] {
  return requests(from, count).map((request) => ({ ...request, sources: [TEXT] }));
}

/** Appends them two by two: a segment holds no more. */
async function append({ ledger }: OutboxProcess, [from, to]: readonly [number, number]): Promise<void> {
  for (let at = from; at <= to; at += 2) await ledger.append(large(at, Math.min(2, to - at + 1)));
}

/** Calls back before each statement that inserts events is answered. */
function beforeEachInsert(database: FakeDatabase, act: () => Promise<void>): void {
  database.beforeInsert = async () => {
    await act();
    beforeEachInsert(database, act);
  };
}

function has(database: FakeDatabase): number {
  return new Set(database.events().flatMap(({ type, id }) => (type === "RequestCompleted" ? [id] : []))).size;
}

it("what a long pass has sent goes while it sends the rest, and nothing is lost", async () => {
  const [outbox, database] = [new Outbox(), new FakeDatabase()];
  let at = Date.parse("2026-12-01T08:00:00.000Z");
  await using host = await outbox.start({ database, maxBytes: MAX_BYTES, now: () => at });
  await append(host, [1, 4 * AT_ONCE]);
  const before = outbox.segmentBytes();
  const sizes: number[] = [];
  beforeEachInsert(database, () => {
    at += 1000;
    sizes.push(outbox.segmentBytes());
    return Promise.resolve();
  });
  expect(await host.pass()).toBe(true);
  expect(before).toBeGreaterThan(2 * MAX_BYTES);
  expect(sizes.at(-1)).toBeLessThanOrEqual(MAX_BYTES + 2 * AT_ONCE * TEXT.length);
  expect([has(database), lossIn(database.events()).count]).toEqual([4 * AT_ONCE, 0]);
});

it("where more is recorded than is sent for a minute the oldest that was not sent goes, and each is sent or lost once", async () => {
  const [outbox, database] = [new Outbox(), new FakeDatabase()];
  let [at, recorded] = [Date.parse("2026-12-01T08:00:00.000Z"), 4 * AT_ONCE];
  await using host = await outbox.start({ database, maxBytes: MAX_BYTES / 2, now: () => at });
  await append(host, [1, recorded]);
  let inserts = 0;
  const sizes: number[] = [];
  beforeEachInsert(database, async () => {
    at += 25_000;
    inserts += 1;
    sizes.push(outbox.segmentBytes());
    if (inserts > 4) return;
    await append(host, [recorded + 1, recorded + AT_ONCE]);
    recorded += AT_ONCE;
  });
  expect(await host.pass()).toBe(true);
  const { count } = lossIn(await outbox.read(eventsOf));
  expect(count).toBeGreaterThan(AT_ONCE);
  expect(Math.min(...sizes), "in the pass").toBeLessThan(AT_ONCE * TEXT.length);
  await host.pass();
  expect(lossIn(database.events()).count).toBe(count);
  expect(has(database) + count).toBe(recorded);
});

it("where the oldest goes in the middle of a pass nothing of it is held open for the rest of the pass", async () => {
  const [outbox, database] = [new Outbox(), new FakeDatabase()];
  let [at, recorded, inserts] = [Date.parse("2026-12-01T08:00:00.000Z"), 3 * AT_ONCE, 0];
  const open = new Map<string, number>();
  const program: DiskProgramOptions = {
    fault({ kind, path }) {
      const more = kind === "open" || kind === "createNow" ? 1 : kind === "close" ? -1 : 0;
      if (path.endsWith(".ndjson")) open.set(basename(path), (open.get(basename(path)) ?? 0) + more);
      return null;
    },
  };
  await using host = await outbox.start({ database, maxBytes: MAX_BYTES, now: () => at, program });
  await append(host, [1, recorded]);
  const held: string[] = [];
  beforeEachInsert(database, async () => {
    at += 61_000;
    inserts += 1;
    const names = [...open].flatMap(([name, count]) => (count > 0 ? [name] : []));
    held.push(...names.filter((name) => !outbox.segments().includes(name)));
    if (inserts > 2) return;
    await append(host, [recorded + 1, recorded + AT_ONCE]);
    recorded += AT_ONCE;
  });
  await host.pass();
  expect(lossIn(await outbox.read(eventsOf)).count).toBeGreaterThan(0);
  expect(held).toEqual([]);
});
