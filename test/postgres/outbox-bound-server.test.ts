import { join } from "node:path";
import { openLedger } from "@farthing/ledger";
import { forwardLedger } from "@farthing/ledger/postgres";
import pg from "pg";
import { expect, it } from "vitest";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { systemError } from "../support/faulty-file-system.ts";
import { CLI_NOW, runCli } from "../support/run-cli.ts";
import { openShared, withTables } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { lossIn, requests, SEGMENT_BYTES } from "./bounded-outbox.ts";

const RECORDED = 40;
const now = (): number => Date.parse(CLI_NOW);

describeWithAnyPostgres("a bounded folder that is forwarded to a server", (server) => {
  it("brings all but what it says was lost into the shared ledger, and says so wherever it is asked", async () => {
    const url = await withTables(await server().newDatabase());
    const path = join(temporaryFolder(), "outbox");
    let isAway = false;
    class Pool extends pg.Pool {
      readonly #answer = super.query.bind(this) as (statement: object) => Promise<object>;
      override readonly query = ((statement: object) =>
        isAway ? Promise.reject(systemError("ECONNREFUSED")) : this.#answer(statement)) as pg.Pool["query"];
    }
    {
      const options = { mode: "write", create: true, segmentBytes: SEGMENT_BYTES, now } as const;
      await using ledger = await openLedger(path, options);
      await using forwarding = await forwardLedger(ledger, {
        url,
        now,
        pollMs: 3_600_000,
        maxBytes: 4 * SEGMENT_BYTES,
        loadPg: () => Promise.resolve({ Pool }),
        onError: () => undefined,
      });
      await ledger.append(requests(1, 2));
      await forwarding.flush();
      isAway = true;
      for (const request of requests(3, RECORDED - 2)) await ledger.append([request]);
      await expect(forwarding.flush()).rejects.toThrow(/ECONNREFUSED/);
      isAway = false;
      await forwarding.flush();
    }
    const there = await eventsOf(await openShared(url, "read"));
    const { count } = lossIn(there);
    expect(count).toBeGreaterThan(10);
    expect(there.filter(({ type }) => type === "RequestCompleted").length + count).toBe(RECORDED);

    expect((await runCli(["verify", "--ledger", path])).exitCode).toBe(0);
    const { stderr } = await runCli(["spend", "--ledger", path]);
    expect(stderr).toContain(`which has all but ${String(count)} of them`);
    const doctor = await runCli(["doctor", "--ledger", path]);
    expect(doctor.stdout).toContain(`dropped        ${String(count)} events with `);
    expect(doctor.stdout, "nothing alarming").not.toContain("ATTENTION");
    const asOf = await runCli(["spend", "--ledger", path, "--as-of", "2026-11-01T09:00:00Z"]);
    expect(asOf.stderr).toContain("its detail was pruned at");
  });
});
