import { readdirSync } from "node:fs";
import { join } from "node:path";
import { nodeFileSystem, openLedger, pruneLedger } from "@farthing/ledger";
import { forwardLedger, targetGaps } from "@farthing/ledger/postgres";
import { expect, it } from "vitest";
import { openDocument } from "../../packages/ledger/src/store/file/document.ts";
import { takeLock } from "../../packages/ledger/src/store/file/lock.ts";
import { nodeProcesses } from "../../packages/ledger/src/store/file/processes.ts";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { connected, withTables } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { requests, SEGMENT_BYTES } from "./bounded-outbox.ts";

describeWithAnyPostgres("a database that was put back while the folder is being pruned", (server) => {
  it("is said to lack perhaps what the folder has no more, once that is done", async () => {
    const url = await withTables(await server().newDatabase());
    const path = join(temporaryFolder(), "folder");
    const forward = async (): Promise<unknown> => {
      await using ledger = await openLedger(path, { mode: "write", create: true, segmentBytes: SEGMENT_BYTES });
      if ((await ledger.spend()).total.requests === 0) {
        for (let at = 1; at <= 40; at += 4) await ledger.append(requests(at, 4));
      }
      await using forwarding = await forwardLedger(ledger, { url, pollMs: 3_600_000, onError: () => undefined });
      return await forwarding.flush().catch((error: unknown) => error);
    };
    await forward();
    const { requests: gone } = await pruneLedger(path, { before: Date.parse("2026-11-20") });
    expect(gone).toBeGreaterThan(20);
    // It lives the life of before, and begins again before the newest transaction that is known.
    await (await connected(url, 1)).query("delete from farthing.event");
    const [name = ""] = readdirSync(path).filter((each) => /^forward-.*\.json$/.test(each));
    const file = await openDocument<object>(join(path, name), {}, { fileSystem: nodeFileSystem });
    await file.write({ ...file.data, transaction: "1000000000000" });
    const options = { fileSystem: nodeFileSystem, processes: nodeProcesses, now: Date.now };
    const lock = await takeLock(path, "prune.lock", options);
    expect(String(await forward())).toContain("is being pruned");
    await lock.release();
    expect(await forward()).toBeUndefined();
    expect(await targetGaps(path)).toMatchObject([{ events: gone, isRestored: true }]);
  });
});
