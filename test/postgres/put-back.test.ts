import { expect, it } from "vitest";
import { FakeDatabase, Outbox, requests } from "./bounded-outbox.ts";

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
