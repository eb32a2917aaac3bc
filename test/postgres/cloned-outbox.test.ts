import { join } from "node:path";
import { listOutboxes, pruneSharedLedger } from "@farthing/ledger/postgres";
import { expect, it } from "vitest";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { connected, ReusedLedger } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const BEFORE = Date.parse("2026-06-01T00:00:00.000Z");

describeWithAnyPostgres("a folder that was cloned to another host", (server) => {
  const reused = new ReusedLedger(server);

  it("is behind on each host by what that one said last, and a prune keeps that of both", async () => {
    const url = await reused.empty();
    const { query } = await connected(url);
    await query(`insert into farthing.outbox (outbox, host, forwarded, waiting, reported_at) values
      ('clone', 'shop-1', 10, 400, '2026-01-01 10:00Z'), ('clone', 'shop-1', 10, 500, '2026-01-02 10:00Z'),
      ('clone', 'shop-2', 10, 7, '2026-01-03 10:00Z'), ('clone', 'shop-2', 17, 0, '2026-01-04 10:00Z')`);
    const newest = [
      { host: "shop-1", waiting: 500 },
      { host: "shop-2", waiting: 0 },
    ];
    expect(await listOutboxes({ url })).toMatchObject(newest);
    const folder = temporaryFolder();
    const pruned = await pruneSharedLedger({ url, replica: join(folder, "copy") }, { cache: folder, before: BEFORE });
    expect(pruned).toMatchObject({ hostsBehind: ["shop-1"], hostReports: 2 });
    expect(await listOutboxes({ url })).toMatchObject(newest);
  });
});
