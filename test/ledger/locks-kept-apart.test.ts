import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { join } from "node:path";
import { nodeFileSystem, type FileSystem } from "@farthing/ledger";
import { describe, expect, it, vi } from "vitest";
import { systemError } from "../support/faulty-file-system.ts";
import {
  container,
  eventsNamed,
  expectSound,
  locksIn,
  logsIn,
  MINUTE_MS,
  silence,
  silenceAll,
  Standing,
} from "../support/standing.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const OTHERS = `${JSON.stringify({ ...container("2").self, token: "x", beatMs: MINUTE_MS })}\n`;

function aFolder(): string {
  return join(temporaryFolder(), "ledger");
}

/** The lock of the log that a ledger's only writer has. */
function lockIn(path: string): string {
  const [lock = ""] = locksIn(path);
  return lock;
}

describe("a process whose lock was taken over", () => {
  it("begins another log where it may not write to what another user wrote", async () => {
    const [path, standing] = [aFolder(), new Standing(container("1"))];
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      touchNow(file) {
        if (readFileSync(file, "utf8") === OTHERS) throw systemError("EACCES");
        nodeFileSystem.touchNow(file);
      },
    };
    const ledger = await standing.open(path, { fileSystem });
    await ledger.append(eventsNamed("msg:1"));
    writeFileSync(lockIn(path), OTHERS);
    standing.stand(11 * MINUTE_MS);
    await ledger.append(eventsNamed("msg:2"));
    expect(logsIn(path)).toBe(2);
    await expectSound(path, "msg:1", "msg:2");
  });

  it("says so where it may not write to its own", async () => {
    const [path, standing] = [aFolder(), new Standing(container("1"))];
    let isRefused = false;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      touchNow(file) {
        if (isRefused) throw systemError("EACCES");
        nodeFileSystem.touchNow(file);
      },
    };
    const ledger = await standing.open(path, { fileSystem });
    await ledger.append(eventsNamed("msg:1"));
    isRefused = true;
    standing.stand(11 * MINUTE_MS);
    await expect(ledger.append(eventsNamed("msg:2"))).rejects.toThrow("permission denied");
    isRefused = false;
    await ledger.append(eventsNamed("msg:3"));
    expect(logsIn(path)).toBe(1);
    await expectSound(path, "msg:1", "msg:3");
  });

  it("leaves it to whoever took it while it was being given back", async () => {
    const [path, standing] = [aFolder(), new Standing(container("1"))];
    let lock = "";
    let take = (): void => undefined;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      remove(file) {
        if (file === lock) take();
        return nodeFileSystem.remove(file);
      },
    };
    const ledger = await standing.open(path, { fileSystem });
    await ledger.append(eventsNamed("msg:1"));
    lock = lockIn(path);
    // One that found it silent, and is about to put its own in its place.
    writeFileSync(`${lock}.next`, OTHERS);
    take = () => {
      take = () => undefined;
      writeFileSync(lock, OTHERS);
      rmSync(`${lock}.next`);
    };
    standing.stand(11 * MINUTE_MS);
    const closed = ledger.close();
    await wait(60);
    take();
    await closed;
    expect(readFileSync(lock, "utf8"), "the other one's").toBe(OTHERS);
  });

  it("knows it also where it stood still while it was taking it", async () => {
    const [path, standing] = [aFolder(), new Standing(container("1"))];
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      async link(from, to) {
        if (to.includes("writers")) {
          standing.stand(11 * MINUTE_MS);
          silence(from, 11 * MINUTE_MS);
        }
        await nodeFileSystem.link(from, to);
      },
    };
    const ledger = await standing.open(path, { fileSystem });
    const other = await new Standing(container("2")).open(path);
    await other.append(eventsNamed("msg:1"));
    await ledger.append(eventsNamed("msg:2"));
    await other.append(eventsNamed("msg:3"));
    expect(logsIn(path)).toBe(2);
    await expectSound(path, "msg:1", "msg:2", "msg:3");
  });

  it("knows it at once on a file system that does not say when a file was written to", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const [path, standing] = [aFolder(), new Standing(container("1"))];
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      touchNow(file) {
        nodeFileSystem.touchNow(file);
        silenceAll(path, 11 * MINUTE_MS);
      },
      stateNow(file) {
        const state = nodeFileSystem.stateNow(file);
        return state === null ? null : { ...state, modifiedAt: file.endsWith(".lock") ? 1 : state.modifiedAt };
      },
    };
    try {
      const ledger = await standing.open(path, { fileSystem });
      await ledger.append(eventsNamed("msg:1"));
      for (let minute = 0; minute < 11; minute += 1) {
        standing.stand(MINUTE_MS);
        vi.advanceTimersByTime(MINUTE_MS);
      }
      const other = await new Standing(container("2")).open(path);
      await other.append(eventsNamed("msg:2"));
      expect(logsIn(path), "it was taken over").toBe(1);
      await ledger.append(eventsNamed("msg:3"));
      await other.append(eventsNamed("msg:4"));
      await expectSound(path, "msg:1", "msg:2", "msg:3", "msg:4");
      expect(logsIn(path)).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a process that stood still while it was writing ledger.json", () => {
  /** Stands still once the lock is there, and another one has it by then. */
  function losingIt(path: string, standing: Standing, meanwhile: () => void): FileSystem {
    let hasStood = false;
    return {
      ...nodeFileSystem,
      async list(folder) {
        const names = await nodeFileSystem.list(folder);
        if (!hasStood && names.includes("ledger.json.lock")) {
          hasStood = true;
          standing.stand(11 * MINUTE_MS);
          writeFileSync(join(path, "ledger.json.lock"), OTHERS);
          meanwhile();
        }
        return names;
      },
    };
  }

  it("gives the ledger no other id than the one that took over", async () => {
    const [path, standing] = [aFolder(), new Standing(container("1"))];
    const manifest = join(path, "ledger.json");
    const fileSystem = losingIt(path, standing, () => {
      writeFileSync(manifest, "theirs");
    });
    await expect(standing.open(path, { fileSystem })).rejects.toThrow("open it again");
    expect(readFileSync(manifest, "utf8")).toBe("theirs");
  });

  it("changes no setting back that the one that took over has changed", async () => {
    const [path, standing] = [aFolder(), new Standing(container("1"))];
    const manifest = join(path, "ledger.json");
    await (await standing.open(path)).close();
    const fileSystem = losingIt(path, standing, () => {
      writeFileSync(manifest, readFileSync(manifest, "utf8").replace('"settings": {}', '"settings": { "theirs": 1 }'));
    });
    const ledger = await standing.open(path, { fileSystem });
    await expect(ledger.settings.patch({ personalLabels: ["team"] })).rejects.toThrow("change it again");
    expect(readFileSync(manifest, "utf8")).toContain("theirs");
  });
});
