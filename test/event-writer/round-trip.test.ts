import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { openEventWriter, type EventWriterOptions } from "@farthing/adapters/event-writer";
import { importEvents } from "@farthing/adapters/events";
import { createPseudonymizer, openLedger, parseKey, type Account, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import {
  aBatchResultRecorded,
  aBatchSubmitted,
  aCaptureStarted,
  anEventsDropped,
  anOutcomeRecorded,
  anUnknownEvent,
  aPlaceholder,
  aRequestCompleted,
  aRequestFailed,
  aRequestInterrupted,
  aTokensCounted,
} from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const KEY = "0123456789abcdef".repeat(4);

/** Sightings of one response, which are merged, and one event of most other types. */
const EVENTS: readonly LedgerEvent[] = [
  aCaptureStarted(),
  aPlaceholder(),
  aRequestCompleted({ labels: { team: "sücht\n" } }),
  aRequestCompleted({ sources: ["other"] }),
  aRequestInterrupted({ id: "msg:msg_2", observedCharacters: 12 }),
  aRequestFailed({ cost: "unknown" }),
  aBatchSubmitted(),
  aBatchResultRecorded(),
  aTokensCounted(),
  anOutcomeRecorded(),
  anEventsDropped(),
  anUnknownEvent(),
];

async function aFileOf(events: readonly LedgerEvent[], options: EventWriterOptions = {}): Promise<string> {
  const path = join(temporaryFolder(), "events.ndjson");
  await using writer = openEventWriter({ path, env: {}, ...options });
  for (const event of events) writer.record(event);
  return path;
}

async function importedAccount(path: string, personalLabels: readonly string[] = []): Promise<Account> {
  const folder = join(temporaryFolder(), "ledger");
  await using ledger = await openLedger(folder, { mode: "write", create: true, key: KEY });
  await ledger.settings.patch({ personalLabels });
  for (let time = 0; time < 2; time += 1) {
    const report = await importEvents({ ledger, lines: createReadStream(path), name: path });
    expect(report.skipped.total).toBe(0);
  }
  return await ledger.account();
}

describe("events that were written and imported, however often", () => {
  it("give the account that recording them directly gives", async () => {
    await using direct = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true });
    for (const event of EVENTS) direct.record(event);
    await direct.flush();
    const account = await direct.account();
    expect(account.responses).toHaveLength(2);
    expect(await importedAccount(await aFileOf(EVENTS))).toEqual(account);
  });

  it("have personal labels replaced by the ledger: the writer knows none", async () => {
    const event = aRequestCompleted({ labels: { user: "ada@example.com", team: "search" } });
    const path = await aFileOf([event]);
    expect(readFileSync(path, "utf8")).toContain("ada@example.com");
    const account = await importedAccount(path, ["user"]);
    expect(account.responses).toEqual([createPseudonymizer(["user"], parseKey(KEY))(event)]);
  });

  it("can be written with tokens instead, which are those of a ledger with the same key", async () => {
    const event = aRequestCompleted({ labels: { user: "ada@example.com", team: "search" } });
    const path = await aFileOf([event], { key: KEY, personalLabels: ["user"] });
    expect(readFileSync(path, "utf8")).not.toContain("ada@example.com");
    expect(await importedAccount(path, ["user"])).toEqual(await importedAccount(await aFileOf([event]), ["user"]));
  });
});

describe("the key of a writer", () => {
  const target = { path: "unused" };

  it("is the one given, else that of the environment, else none", async () => {
    const env = { FARTHING_KEY: "f".repeat(64) };
    expect((await openEventWriter({ ...target, key: KEY, env }).fingerprintKey())?.id).toBe(parseKey(KEY).id);
    expect((await openEventWriter({ ...target, env }).fingerprintKey())?.id).toBe(parseKey("f".repeat(64)).id);
    expect(await openEventWriter({ ...target, env: {} }).fingerprintKey()).toBeNull();
  });

  it("must be one, and must be there for personal labels", () => {
    expect(() => openEventWriter({ ...target, env: { FARTHING_KEY: "secret" } })).toThrow("key");
    expect(() => openEventWriter({ ...target, personalLabels: ["user"], env: {} })).toThrow("need a key");
  });
});
