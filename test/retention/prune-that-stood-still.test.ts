import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFileSystem, pruneLedger, type FileSystem, type Ledger, type PruneResult } from "@farthing/ledger";
import { beforeEach, describe, expect, it } from "vitest";
import { container, eventsNamed, expectSound, locksIn, MINUTE_MS, silenceAll, Standing } from "../support/standing.ts";
import { systemError } from "../support/faulty-file-system.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const OTHERS = `${JSON.stringify({ ...container("2").self, token: "x", beatMs: MINUTE_MS })}\n`;

describe("a prune that stood still, and lost its lock meanwhile", () => {
  let path = "";
  let standing = new Standing(container("1"));

  beforeEach(async () => {
    path = join(temporaryFolder(), "ledger");
    standing = new Standing(container("1"));
    const ledger = await standing.open(path);
    await ledger.append(eventsNamed("msg:1", "msg:2"));
    await ledger.close();
  });

  /** Another one has begun. */
  function lose(): void {
    standing.stand(11 * MINUTE_MS);
    writeFileSync(join(path, "prune.lock"), OTHERS);
  }

  function prune(fileSystem: Partial<FileSystem>): Promise<PruneResult> {
    const { now, processes } = standing;
    return pruneLedger(path, { before: now(), now, processes, fileSystem: { ...nodeFileSystem, ...fileSystem } });
  }

  it("deletes nothing of what the other one has made so far", async () => {
    const made = join(path, "segments", "rollup0123456789ab-00000001.ndjson");
    let hasStood = false;
    const pruning = prune({
      async list(folder) {
        if (folder.endsWith("segments") && !hasStood) {
          hasStood = true;
          lose();
          writeFileSync(made, "");
        }
        return nodeFileSystem.list(folder);
      },
    });
    await expect(pruning).rejects.toThrow("prune it again");
    expect(existsSync(made)).toBe(true);
  });

  it("leaves the other one's ids as they are", async () => {
    const ids = join(path, "pruned", "00000001.ids");
    const pruning = prune({
      async makeFolder(folder, access) {
        if (folder.endsWith("pruned")) {
          lose();
          mkdirSync(folder);
          writeFileSync(ids, "theirs");
        }
        return nodeFileSystem.makeFolder(folder, access);
      },
    });
    await expect(pruning).rejects.toThrow("prune it again");
    expect(readFileSync(ids, "utf8")).toBe("theirs");
  });

  it("leaves the other one's record as it is, also where it was writing its own", async () => {
    const record = join(path, "pruned", "00000001.json");
    const pruning = prune({
      async open(file, how) {
        if (file.startsWith(record)) {
          lose();
          writeFileSync(record, "theirs");
        }
        return nodeFileSystem.open(file, how);
      },
    });
    await expect(pruning).rejects.toThrow("prune it again");
    expect(readFileSync(record, "utf8")).toBe("theirs");
  });

  it("ends no log that another one goes on with", async () => {
    let other: Ledger | null = null;
    const { segments } = await prune({
      async open(file, how) {
        if (file.endsWith(".ndjson") && how === "read" && locksIn(path).length > 0 && other === null) {
          const opened = await nodeFileSystem.open(file, how);
          standing.stand(11 * MINUTE_MS);
          silenceAll(path, 11 * MINUTE_MS);
          other = await new Standing(container("2")).open(path);
          return {
            ...opened,
            async size() {
              const bytes = opened.sizeNow();
              await other?.append(eventsNamed("msg:3"));
              return bytes;
            },
            close: () => opened.close(),
          };
        }
        return nodeFileSystem.open(file, how);
      },
    });
    expect([segments, other]).toEqual([0, expect.anything()]);
    await expectSound(path, "msg:1", "msg:2", "msg:3");
  });

  it("says so where it cannot be told whether it has it", async () => {
    const pruning = prune({
      async open(file, how) {
        if (file.endsWith(".ids")) standing.stand(11 * MINUTE_MS);
        return nodeFileSystem.open(file, how);
      },
      touchNow() {
        throw systemError("EIO");
      },
    });
    await expect(pruning).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
    await expectSound(path, "msg:1", "msg:2");
  });
});

describe("a log that a prune ends", () => {
  it("is durable before: whoever goes on with it makes no more so than its last two segments", async () => {
    const [path, standing] = [join(temporaryFolder(), "ledger"), new Standing(container("1"))];
    const ledger = await standing.open(path);
    await ledger.append(eventsNamed("msg:1", "msg:2"));
    await ledger.close();
    const done: string[] = [];
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      async open(file, how) {
        const opened = await nodeFileSystem.open(file, how);
        const name = /[^-]+(?=\.ndjson$)/.exec(file)?.[0];
        if (name === undefined || file.includes("rollup")) return opened;
        if (how === "create") done.push(`${name} begun`);
        return {
          ...opened,
          async sync() {
            await opened.sync();
            done.push(`${name} durable`);
          },
        };
      },
    };
    const { now, processes } = standing;
    await pruneLedger(path, { before: now(), now, processes, fileSystem });
    expect(done.slice(0, 2)).toEqual(["00000001 durable", "00000002 begun"]);
  });
});
