import { join } from "node:path";
import { isEventOf, openLedger } from "@farthing/ledger";
import { expect, it } from "vitest";
import { eventsOf } from "../support/describe-event-store.ts";
import { isFullRun } from "../support/full-run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { accountFor } from "./account-for.ts";
import { disturbed, startCaller } from "./callers.ts";
import { openMixedApi } from "./mixed-api.ts";

const PROCESSES = 4;
/** Of each process. */
const CALLS = isFullRun ? 2_500 : 100;
/** Of each process. More of them get no connection in time from the one server that they all call. */
const AT_ONCE = isFullRun ? 250 : 100;

it(`${String(PROCESSES * CALLS)} mixed calls from ${String(PROCESSES)} processes, ${String(PROCESSES * AT_ONCE)} at once, are all in one ledger, as the server lists them`, async () => {
  await using api = await openMixedApi();
  const path = join(temporaryFolder(), "ledger");
  await (await openLedger(path, { mode: "write", create: true })).close();

  const callers = Array.from({ length: PROCESSES }, (_, index) =>
    startCaller({ url: api.url, path, first: index * CALLS, count: CALLS, atOnce: AT_ONCE }),
  );
  const seen = Object.assign({}, ...(await Promise.all(callers.map((caller) => caller.seen)))) as Record<
    string,
    string
  >;
  expect(Object.keys(seen)).toHaveLength(PROCESSES * CALLS);
  expect(disturbed(seen)).toEqual([]);

  await using ledger = await openLedger(path, { mode: "read" });
  const events = await eventsOf(ledger);
  expect(accountFor(api.served, events)).toEqual({ right: api.served.length, missing: [], wrong: [] });
  expect(events.filter((event) => isEventOf(event, "EventsDropped"))).toEqual([]);
  expect(ledger.damage()).toEqual([]);
});
