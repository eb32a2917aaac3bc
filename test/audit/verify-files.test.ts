import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  LedgerFormatError,
  LedgerNotFoundError,
  LedgerUnavailableError,
  nodeFileSystem,
  nodeProcesses,
  verifyLedger,
  type FileSystem,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { systemError } from "../support/faulty-file-system.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aFolder, problemsOf } from "./a-folder.ts";

describe("a folder", () => {
  it("without a ledger is refused, by what it is", async () => {
    const folder = temporaryFolder();
    await expect(verifyLedger(join(folder, "none"))).rejects.toThrow(LedgerNotFoundError);
    await expect(verifyLedger(folder)).rejects.toThrow(LedgerNotFoundError);
    writeFileSync(join(folder, "other.txt"), "");
    await expect(verifyLedger(folder)).rejects.toThrow(LedgerFormatError);
  });

  it("whose manifest is gone, or no JSON, is damaged there, and its lines are checked nevertheless", async () => {
    const { path } = aFolder();
    const manifest = join(path, "ledger.json");
    writeFileSync(manifest, "{");
    expect(await verifyLedger(path)).toMatchObject({ isSound: false, lines: 6, problems: [{ kind: "manifest" }] });
    rmSync(manifest);
    expect(await problemsOf(path)).toEqual(["manifest ledger.json"]);
  });
});

describe("what processes leave behind", () => {
  it("is told apart: locks of the dead and of the living, and files that were to be renamed", async () => {
    const { path } = aFolder();
    const gone = { pid: 999_999_999, host: nodeProcesses.self.host, started: null };
    mkdirSync(join(path, "writers"));
    mkdirSync(join(path, "checkpoints"));
    writeFileSync(join(path, "writers", "a.lock"), JSON.stringify(gone));
    writeFileSync(join(path, "writers", "b.lock"), JSON.stringify(nodeProcesses.self));
    writeFileSync(join(path, "writers", "c.lock.0198-x.tmp"), JSON.stringify(gone));
    writeFileSync(join(path, "columns.lock"), "");
    writeFileSync(join(path, "checkpoints", "x.json.0198-x.tmp"), "{");
    expect(await verifyLedger(path)).toMatchObject({ isSound: true, counts: { damage: 0, leftover: 4, note: 1 } });
    expect(await problemsOf(path)).toEqual([
      "leftover-file x.json.0198-x.tmp",
      "stale-lock columns.lock",
      "stale-lock a.lock",
      "held-lock b.lock",
      "stale-lock c.lock.0198-x.tmp",
    ]);
  });
});

describe("a disk that fails", () => {
  /** The real file system, but for bytes of one file from `from` on. */
  function failing(nameEnds: string, code: string, from: number): FileSystem {
    return {
      ...nodeFileSystem,
      async open(path, how) {
        const file = await nodeFileSystem.open(path, how);
        if (!path.endsWith(nameEnds)) return file;
        const read: typeof file.read = (buffer, length, at) =>
          at < from ? file.read(buffer, Math.min(length, from - at), at) : Promise.reject(systemError(code));
        return { ...file, read };
      },
    };
  }

  it("in one segment costs that segment's lines, and is named with how far it could be read", async () => {
    const { path } = aFolder([2, 2, 2]);
    const fileSystem = failing("00000002.ndjson", "EIO", 300);
    const { isSound, lines, problems } = await verifyLedger(path, { fileSystem });
    expect([isSound, lines]).toEqual([false, 6]);
    expect(problems).toMatchObject([
      { kind: "unreadable", byte: 300, what: expect.stringContaining("input/output error") },
      { kind: "missing-lines", line: 1, what: expect.stringContaining("number 4") },
    ]);
  });

  it("in a folder is an error: nothing can be said then", async () => {
    const { path } = aFolder();
    const fileSystem: FileSystem = { ...nodeFileSystem, list: () => Promise.reject(systemError("EIO")) };
    await expect(verifyLedger(path, { fileSystem })).rejects.toThrow(LedgerUnavailableError);
    renameSync(path, `${path}-away`);
    await expect(verifyLedger(path)).rejects.toThrow(LedgerNotFoundError);
  });
});
