import { openLedger } from "@farthing/ledger";
import { PostgresEventStore, updateReplica } from "@farthing/ledger/postgres";
import { expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { CrashDisk } from "../support/crash-disk.ts";
import { programOn } from "../support/crash-file-system.ts";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { connected, ReusedLedger } from "../support/shared-ledgers.ts";

const SELF = { pid: 1, host: "test", namespace: null, started: null };
const PROCESSES = { self: SELF, isRunning: () => false };
const COPY = "/copy";

describeWithAnyPostgres("a copy of a ledger in a database, after a loss of power", (server) => {
  const reused = new ReusedLedger(server);

  it("has every line that it had said it has", async () => {
    const url = await reused.empty();
    const store = new PostgresEventStore(await connected(url));
    const disk = new CrashDisk();
    const { fileSystem } = programOn(disk);
    for (const id of ["msg:1", "msg:2"]) {
      await store.append([aRequestCompleted({ id })]);
      await updateReplica({ url, replica: COPY }, { cache: "/cache", fileSystem, processes: PROCESSES });
    }
    const after = programOn(CrashDisk.of(disk.durable())).fileSystem;
    await using ledger = await openLedger(COPY, { mode: "read", fileSystem: after, processes: PROCESSES });
    expect((await eventsOf(ledger)).map(({ id }) => id)).toEqual(["msg:1", "msg:2"]);
  });
});
