import { join } from "node:path";
import { isEventOf, openLedger } from "@farthing/ledger";
import { expect, it } from "vitest";
import { eventsOf } from "../support/describe-event-store.ts";
import { isFullRun } from "../support/full-run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { accountFor } from "./account-for.ts";
import { disturbed, startCaller } from "./callers.ts";
import { KINDS, openMixedApi } from "./mixed-api.ts";

const PROCESSES = 4;
/** Of each process, all at once. In a full run 10,000 of all wait for their answer at one moment. */
const CALLS = isFullRun ? 2_813 : 100;
const TOTAL = PROCESSES * CALLS;
/** One kind of call times out, whoever else waits. */
const WAITING = TOTAL - Math.ceil((TOTAL - KINDS.indexOf("timed out")) / KINDS.length);
/** Four processes have to start, on a machine that may have other things to do. */
const LIMIT_MS = isFullRun ? 900_000 : 180_000;

it(
  `${String(TOTAL)} mixed calls, ${String(WAITING)} of them waiting at once, from ${String(PROCESSES)} processes are all in one ledger, as the servers list them`,
  async () => {
    await using api = await openMixedApi({ servers: PROCESSES, waitFor: WAITING });
    const path = join(temporaryFolder(), "ledger");
    await (await openLedger(path, { mode: "write", create: true })).close();

    const callers = Array.from({ length: PROCESSES }, (_, index) =>
      startCaller({
        url: api.urls[index] ?? "",
        path,
        first: index * CALLS,
        count: CALLS,
        atOnce: CALLS,
        haltAfter: 0,
      }),
    );
    await Promise.all(callers.map(({ halted }) => halted));
    for (const caller of callers) caller.goOn();
    const seen = Object.assign({}, ...(await Promise.all(callers.map((caller) => caller.seen)))) as Record<
      string,
      string
    >;
    expect(Object.keys(seen)).toHaveLength(TOTAL);
    expect(disturbed(seen)).toEqual([]);
    expect(api.waitedAtOnce).toBe(WAITING);

    await using ledger = await openLedger(path, { mode: "read" });
    const events = await eventsOf(ledger);
    expect(accountFor(api.served, events)).toMatchObject({ right: api.served.length, missing: [], wrong: [] });
    expect(events.filter((event) => isEventOf(event, "EventsDropped"))).toEqual([]);
    expect(ledger.damage()).toEqual([]);
  },
  LIMIT_MS,
);
