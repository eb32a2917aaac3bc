import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { foldAccount, openLedger, type LedgerEvent, type Position } from "@farthing/ledger";
import { listOutboxes } from "@farthing/ledger/postgres";
import { expect, it, onTestFinished } from "vitest";
import { aRequestCompleted, aUsage } from "../support/builders.ts";
import { contains, openConnectionCutter } from "../support/cut-connections.ts";
import { describeWithPostgres } from "../support/describe-with-postgres.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { HostProcess } from "../support/host-process.ts";
import { runCli } from "../support/run-cli.ts";
import { openShared, withTables } from "../support/shared-ledgers.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const HOSTS = 40;
const EVENTS_PER_HOST = 150;
const START_AT = Date.parse("2026-11-01T08:00:00.000Z");
/** The clocks of two hosts are wrong by hours. */
const SKEWS: Readonly<Record<number, number>> = { 3: -3 * 3_600_000, 17: 2 * 3_600_000 };

/** Event by event what a host sees: calls of its own, and every tenth a response that all hosts hear of. */
function eventsOfHost(host: number): LedgerEvent[] {
  return Array.from({ length: EVENTS_PER_HOST }, (_, number) => {
    const isShared = number % 10 === 0;
    const id = isShared ? `msg:shared-${String(number)}` : `msg:${String(host)}-${String(number)}`;
    const at = new Date(START_AT + number * 60_000 + (SKEWS[host] ?? 0)).toISOString();
    return aRequestCompleted({
      id,
      occurredAt: at,
      servedModel: number % 3 === 0 ? "claude-opus-5" : "claude-haiku-4-5",
      usage: aUsage({ uncachedInput: 1000 + number, output: 20 + (isShared ? 0 : host) }),
      labels: isShared ? { [`seen-by-${String(host % 4)}`]: "yes" } : { team: `team-${String(host % 5)}` },
    });
  });
}

describeWithPostgres(
  "forty hosts that share a ledger",
  { isAlone: true, settings: { max_connections: "200" } },
  (server) => {
    it("bring every event into it once, whoever is killed and whatever breaks, and report as one ledger does", async () => {
      const url = await withTables(await server().newDatabase());
      const cutter = await openConnectionCutter(server().url);
      onTestFinished(() => cutter[Symbol.asyncDispose]());
      const folder = temporaryFolder();
      const hosts = Array.from(
        { length: HOSTS },
        (_, host) =>
          new HostProcess({
            name: `host-${String(host)}`,
            folder: join(folder, `host-${String(host)}`),
            url: cutter.through(url),
            events: eventsOfHost(host),
            skewMs: SKEWS[host] ?? 0,
          }),
      );
      for (const host of hosts) host.start();
      const reader = await openShared(url, "read");
      const poller = pollUntilStopped(reader);

      const isInsert = contains("insert into farthing.event");
      const faults = { before: 0, after: 0 };
      for (const share of [0.05, 0.2, 0.35, 0.5, 0.65]) {
        const planned = Array.from({ length: 4 }, (_, index) =>
          index % 2 === 0 ? cutter.cutBeforeForwarding(isInsert) : cutter.cutAfterForwarding(isInsert),
        );
        // So that there is something to forward when it breaks.
        for (const host of hosts) host.release(share);
        for (const [index, fault] of planned.entries()) {
          const happened = await Promise.race([fault.happened.then(() => true), wait(30_000, false)]);
          fault.remove();
          if (happened) faults[index % 2 === 0 ? "before" : "after"] += 1;
        }
        cutter.cutAll();
        if (share === 0.2) await server().crashAndRestart();
        if (share === 0.35) await Promise.all(hosts.filter((_, index) => index % 5 === 0).map((host) => host.kill()));
        if (share === 0.35) for (const [index, host] of hosts.entries()) if (index % 5 === 0) host.start();
        if (share === 0.5) {
          await server().kill();
          await wait(3000);
          await server().start();
        }
      }
      for (const host of hosts) host.release(1);
      await Promise.all(hosts.map((host) => host.done()));
      expect(faults.before, "connections cut before a statement came through").toBeGreaterThan(3);
      expect(faults.after, "connections cut after a commit, before its answer").toBeGreaterThan(3);

      const everything = hosts.flatMap(({ plan }) => plan.events);
      const single = await openLedger(join(folder, "single"), { mode: "write", create: true });
      onTestFinished(() => single.close());
      await single.append(everything);
      const lines = (await eventsOf(reader)).map((event) => JSON.stringify(event));
      expect(lines).toHaveLength(new Set(lines).size);
      expect(new Set(lines).size).toBe(new Set(everything.map((event) => JSON.stringify(event))).size);
      expect(await poller.stop()).toEqual((await eventsOf(reader)).map(({ id }) => id));
      expect(foldAccount(await eventsOf(reader))).toEqual(foldAccount(everything));
      expect(await reader.spend({ by: ["day", "model", "host"] })).toEqual(
        await single.spend({ by: ["day", "model", "host"] }),
      );

      const outboxes = await listOutboxes({ url });
      expect(outboxes).toHaveLength(HOSTS);
      expect(outboxes.filter(({ waiting }) => waiting > 0)).toEqual([]);

      const home = temporaryFolder();
      const report = async (ledger: string, format: string): Promise<string> => {
        const { exitCode, stdout, stderr } = await runCli(["report", "--ledger", ledger, "--format", format], { home });
        expect(exitCode, stderr).toBe(0);
        return stdout;
      };
      for (const format of ["text", "markdown"])
        expect(await report(url, format)).toBe(await report(single.path, format));
    });

    /** Reads on and on from where it was, as a subscriber does; says what came. */
    function pollUntilStopped(ledger: Awaited<ReturnType<typeof openShared>>): { stop(): Promise<readonly string[]> } {
      const ids: string[] = [];
      let position: { after?: Position } = {};
      const stopping = new AbortController();
      const poll = async (): Promise<void> => {
        for await (const recorded of ledger.read(position)) {
          ids.push(recorded.event.id);
          position = { after: recorded.position };
        }
      };
      const polling = (async () => {
        while (!stopping.signal.aborted) {
          // The server is away at times.
          await poll().catch(() => undefined);
          await wait(200);
        }
        await poll();
      })();
      return {
        async stop() {
          stopping.abort();
          await polling;
          return ids;
        },
      };
    }
  },
);
