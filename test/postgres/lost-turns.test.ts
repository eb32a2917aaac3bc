import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { nodeFileSystem, type FileSystem } from "@farthing/ledger";
import { forgetTarget, forwardLedger, forwardStatuses } from "@farthing/ledger/postgres";
import { describe, expect, it, onTestFinished } from "vitest";
import { container, eventsNamed, MINUTE_MS, Standing } from "../support/standing.ts";
import { systemError } from "../support/faulty-file-system.ts";
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
    const [to = ""] = (await forwardStatuses(path)).map((status) => status.to);
    const { now, processes } = standing;
    const fileSystem = losing(path, /^forward-.*\.lock$/, standing);
    await expect(forgetTarget(path, { to, force: true, now, processes, fileSystem })).rejects.toThrow(
      "forget it again",
    );
    expect(await forwardStatuses(path)).toMatchObject([{ to }]);
  });
});

describe("a forwarder that cannot be told whether it still has the turn", () => {
  it("says so, throws nothing into the program, and goes on when it can", async () => {
    const [path, standing] = [join(temporaryFolder(), "ledger"), new Standing(container("1"))];
    const [ledger, database] = [await standing.open(path), new FakeDatabase()];
    let isRefused = false;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      touchNow(file) {
        if (isRefused) throw systemError("EROFS");
        nodeFileSystem.touchNow(file);
      },
    };
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", listen);
    onTestFinished(() => void process.off("unhandledRejection", listen));
    const { now, processes } = standing;
    const tried: unknown[] = [];
    const forwarding = await forwardLedger(ledger, {
      url: URL_OF_IT,
      pollMs: 10,
      now,
      processes,
      fileSystem,
      loadPg: database.loadPg,
      onError: () => undefined,
      onTried: ({ error }) => {
        if (error !== null) tried.push(error);
      },
    });
    onTestFinished(() => forwarding.close());
    await forwarding.flush();
    isRefused = true;
    standing.stand(11 * MINUTE_MS);
    await expect.poll(() => tried.length).toBeGreaterThan(0);
    await wait(50);
    expect([tried[0], unhandled]).toMatchObject([{ code: "LEDGER_UNAVAILABLE" }, []]);
    isRefused = false;
    await ledger.append(eventsNamed("msg:1"));
    await forwarding.flush();
    expect(database.events()).toMatchObject([{ id: "msg:1" }]);
  });
});
