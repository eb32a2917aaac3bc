import { describe, expect, it } from "vitest";
import { FakeDatabase, Outbox, requests } from "./bounded-outbox.ts";

const MINUTE_MS = 60_000;

describe("what a host says of itself to its database", () => {
  it("is said again within a minute where something waited, and else every five minutes", async () => {
    const [outbox, database] = [new Outbox(), new FakeDatabase()];
    let at = Date.parse("2026-11-01T08:00:00.000Z");
    await using host = await outbox.start({ database, now: () => at });
    expect(database.reports).toEqual([0]);
    at += 5 * MINUTE_MS;
    await host.ledger.append(requests(1, 1));
    database.beforeInsert = async () => void (await host.ledger.append(requests(2, 3)));
    await host.pass();
    expect(database.reports, "three came meanwhile").toEqual([0, 3]);
    at += MINUTE_MS;
    await host.pass();
    expect(database.reports).toEqual([0, 3, 0]);
    at += MINUTE_MS;
    await host.ledger.append(requests(5, 1));
    await host.pass();
    expect(database.reports).toEqual([0, 3, 0]);
  });

  it("is said at the next try where it did not arrive", async () => {
    const [outbox, database] = [new Outbox(), new FakeDatabase()];
    database.refusesReport = true;
    await using host = await outbox.start({ database });
    await host.pass();
    expect(database.reports).toEqual([0]);
  });

  it("is said last when it is closed, also where a connection breaks just then", async () => {
    const [outbox, database] = [new Outbox(), new FakeDatabase()];
    const at = Date.parse("2026-11-01T08:00:00.000Z");
    {
      await using host = await outbox.start({ database, now: () => at });
      await host.ledger.append(requests(1, 1));
      database.beforeInsert = async () => void (await host.ledger.append(requests(2, 3)));
      await host.pass();
      database.reports.length = 0;
      database.refusesReport = true;
    }
    expect(database.reports).toEqual([0]);
  });
});
