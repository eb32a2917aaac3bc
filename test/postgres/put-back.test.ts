import { join } from "node:path";
import { openLedger, pruneLedger } from "@farthing/ledger";
import { forwardLedger } from "@farthing/ledger/postgres";
import { expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase, lossIn, Outbox, requests, SEGMENT_BYTES } from "./bounded-outbox.ts";

/** It has only what it had been sent first. */
function putBack(database: FakeDatabase, count: number): void {
  const lines = [...database.lines].slice(0, count);
  database.lines.clear();
  for (const line of lines) database.lines.add(line);
}

function detailIn(database: FakeDatabase): number {
  return new Set(database.events().flatMap(({ type, id }) => (type === "RequestCompleted" ? [id] : []))).size;
}

it("a database that is put back is sent everything again, also within the minute for which it is not asked who it is", async () => {
  const [outbox, database] = [new Outbox(), new FakeDatabase()];
  database.transaction = 0;
  await using host = await outbox.start({ database });
  for (const number of [1, 2, 3, 4]) {
    await host.ledger.append(requests(number, 1));
    await host.pass();
  }
  // It is asked who it is now, and not before a minute has gone.
  await host.pass();
  putBack(database, 2);
  database.transaction = 2;
  await host.ledger.append(requests(5, 1));
  expect(await host.pass()).toBe(true);
  expect(detailIn(database)).toBe(5);
  const sent = database.sent.length;
  await host.ledger.append(requests(6, 1));
  await host.pass();
  expect([detailIn(database), database.sent.length], "and nothing once more").toEqual([6, sent + 1]);
});

/** Forwards a folder in a process of its own, under a name of its database; where the connection breaks, in part. */
async function forward(path: string, name: string, { loadPg }: FakeDatabase, maxBytes = Infinity): Promise<void> {
  await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: SEGMENT_BYTES });
  const url = `postgres://${name}.internal/usage`;
  const options = { url, loadPg, pollMs: 3_600_000, onError: () => undefined, maxBytes };
  await using forwarding = await forwardLedger(ledger, options);
  await forwarding.flush().catch(() => undefined);
}

/** A folder that was forwarded whole, to a database that was then put back, and goes by another name until its connection breaks. */
async function movedAndBroken(maxBytes?: number): Promise<{ readonly path: string; readonly database: FakeDatabase }> {
  const [path, database] = [join(temporaryFolder(), "ledger"), new FakeDatabase()];
  {
    await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: SEGMENT_BYTES });
    for (let at = 1; at <= 40; at += 4) await ledger.append(requests(at, 4));
  }
  await forward(path, "one", database);
  expect(detailIn(database)).toBe(40);
  putBack(database, 8);
  database.incarnation = "2";
  database.inserts = 0;
  await forward(path, "other", database, maxBytes);
  database.inserts = Infinity;
  return { path, database };
}

it("a prune waits for what a database that was put back was sent under another name before", async () => {
  const { path, database } = await movedAndBroken();
  expect(await pruneLedger(path, { before: Date.parse("2026-11-20") })).toMatchObject({ requests: 0 });
  await forward(path, "other", database);
  expect(detailIn(database)).toBe(40);
  // By a third name it goes on from there.
  const sent = database.sent.length;
  await forward(path, "a-third", database);
  expect(database.sent.length).toBe(sent);
  expect(await pruneLedger(path, { before: Date.parse("2026-11-20") })).toMatchObject({ requests: 40 });
});

it("the bound counts as lost what a database that was put back was sent under another name before", async () => {
  const { path, database } = await movedAndBroken(4 * SEGMENT_BYTES);
  await forward(path, "other", database);
  const { count } = lossIn(database.events());
  expect(count).toBeGreaterThan(8);
  const old = 8;
  expect(detailIn(database) + count).toBeGreaterThanOrEqual(40);
  expect(detailIn(database) + count).toBeLessThanOrEqual(40 + old);
});
