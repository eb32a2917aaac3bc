import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFileSystem, type FileSystem } from "@farthing/ledger";
import { forgetTarget, forwardLedger, forwardStatuses } from "@farthing/ledger/postgres";
import { describe, expect, it, onTestFinished } from "vitest";
import { container, eventsNamed, MINUTE_MS, Standing } from "../support/standing.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { FakeDatabase } from "./bounded-outbox.ts";

const URL_OF_IT = "postgres://db.internal/usage";
const OTHERS = `${JSON.stringify({ ...container("2").self, token: "x", beatMs: MINUTE_MS })}\n`;

/** Where a process stands still as soon as it has a lock, which another one has by then. */
function losing(path: string, name: RegExp, standing: Standing): FileSystem {
  return {
    ...nodeFileSystem,
    async list(folder) {
      const lock = readdirSync(path).find((each) => name.test(each));
      if (lock !== undefined && readFileSync(join(path, lock), "utf8") !== OTHERS) {
        standing.stand(11 * MINUTE_MS);
        writeFileSync(join(path, lock), OTHERS);
      }
      return nodeFileSystem.list(folder);
    },
  };
}

describe("a process that lost a folder's lock", () => {
  it("while it began to forward writes down no beginning: it knows nothing of what was pruned meanwhile", async () => {
    const [path, standing] = [join(temporaryFolder(), "ledger"), new Standing(container("1"))];
    const [ledger, database] = [await standing.open(path), new FakeDatabase()];
    await ledger.append(eventsNamed("msg:1"));
    const { now, processes } = standing;
    const { loadPg } = database;
    const fileSystem = losing(path, /^prune\.lock$/, standing);
    const options = { url: URL_OF_IT, pollMs: 3_600_000, now, processes, fileSystem, loadPg, onError: () => undefined };
    const forwarding = await forwardLedger(ledger, options);
    onTestFinished(() => forwarding.close(1));
    await expect(forwarding.flush()).rejects.toThrow("it is tried again");
    expect(database.events()).toEqual([]);
  });

  it("while it was forgetting a database forgets nothing", async () => {
    const [path, standing] = [join(temporaryFolder(), "ledger"), new Standing(container("1"))];
    const [ledger, { loadPg }] = [await standing.open(path), new FakeDatabase()];
    await ledger.append(eventsNamed("msg:1"));
    const forwarding = await forwardLedger(ledger, { url: URL_OF_IT, pollMs: 3_600_000, loadPg });
    await forwarding.flush();
    await forwarding.close();
    const [{ to }] = (await forwardStatuses(path)) as [{ to: string }];
    const { now, processes } = standing;
    const fileSystem = losing(path, /^forward-.*\.lock$/, standing);
    await expect(forgetTarget(path, { to, force: true, now, processes, fileSystem })).rejects.toThrow(
      "forget it again",
    );
    expect(await forwardStatuses(path)).toMatchObject([{ to }]);
  });
});
