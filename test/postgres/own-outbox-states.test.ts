import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLedger, type Ledger } from "@farthing/ledger";
import { forgetTarget, forwardLedger, ownOutboxes, type OwnOutbox } from "@farthing/ledger/postgres";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase, requests } from "./bounded-outbox.ts";

const [URL_OF_IT, NEW_URL] = ["postgres://db.internal/usage", "postgres://new.internal/usage"];
/** What the fake database holds. */
const LEDGER = "shared";

/** An outbox that was forwarded to a database, which holds all of it. */
async function anOutbox(state: string, name: string, url: string = URL_OF_IT): Promise<Ledger> {
  const ledger = await openLedger(join(state, "outboxes", name), { mode: "write", create: true });
  onTestFinished(() => ledger.close());
  await ledger.append(requests(1, 3));
  await forwardOnce(ledger, url, new FakeDatabase());
  return ledger;
}

async function forwardOnce(ledger: Ledger, url: string, { loadPg }: FakeDatabase): Promise<void> {
  const forwarding = await forwardLedger(ledger, { url, loadPg, pollMs: 3_600_000, onError: () => undefined });
  await forwarding.flush().catch(() => undefined);
  await forwarding.close();
}

function refusing(): FakeDatabase {
  const database = new FakeDatabase();
  database.isAway = true;
  database.failure = Object.assign(new Error("password authentication failed"), { code: "28P01" });
  return database;
}

function own(state: string, url: string, ledger: string | null): Promise<readonly OwnOutbox[]> {
  return ownOutboxes({ url, ledger, state });
}

it("an outbox of a database that was moved is as far as its ledger, whatever the new name has been said to refuse", async () => {
  const state = temporaryFolder();
  const outbox = await anOutbox(state, LEDGER);
  await forwardOnce(outbox, NEW_URL, refusing());
  const expected = { to: NEW_URL, forwarded: 3, waiting: 0, error: "password authentication failed" };
  expect(await own(state, NEW_URL, LEDGER)).toMatchObject([{ ...expected, forgottenAt: null }]);
  expect(await own(state, URL_OF_IT, null), "by its old name").toMatchObject([
    { forwarded: 3, waiting: 0, error: null },
  ]);
  await forgetTarget(outbox.path, { to: URL_OF_IT });
  expect(await own(state, NEW_URL, LEDGER), "forgotten under its old name").toMatchObject([expected]);
});

it("an outbox of a database that was forgotten is as far as it was, with when that was", async () => {
  const state = temporaryFolder();
  const outbox = await anOutbox(state, LEDGER);
  await forgetTarget(outbox.path, { to: URL_OF_IT, now: () => 1_790_000_000_000 });
  const forgotten = { to: URL_OF_IT, forwarded: 3, waiting: 0, forgottenAt: 1_790_000_000_000 };
  for (const ledger of [LEDGER, null]) expect(await own(state, URL_OF_IT, ledger)).toMatchObject([forgotten]);
  await forwardOnce(outbox, NEW_URL, new FakeDatabase());
  expect(await own(state, URL_OF_IT, LEDGER), "and is one under another name").toMatchObject([
    { to: NEW_URL, forwarded: 3, forgottenAt: null },
  ]);
});

it("an outbox that cannot be read is listed wherever it may be the database's, and says so rather than 0", async () => {
  const state = temporaryFolder();
  const [one, other] = [await anOutbox(state, "one"), await anOutbox(state, "other", NEW_URL)];
  for (const { path } of [one, other]) {
    const [kept = ""] = readdirSync(path).filter((name) => /^forward-.*json$/.test(name));
    writeFileSync(join(path, kept), "{");
  }
  writeFileSync(join(other.path, "outbox.json"), JSON.stringify({ madeFor: NEW_URL }));
  const unknown = { forwarded: null, waiting: null, error: expect.stringMatching(/forward-.*json/) as string };
  expect(await own(state, URL_OF_IT, null)).toMatchObject([{ path: one.path, ...unknown }]);
  writeFileSync(join(other.path, "outbox.json"), "{");
  expect(await own(state, URL_OF_IT, null), "where nothing says whose it is").toMatchObject([
    { path: one.path, ...unknown },
    { path: other.path, ...unknown },
  ]);
});
