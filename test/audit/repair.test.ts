import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  LedgerUnavailableError,
  nodeFileSystem,
  nodeProcesses,
  openLedger,
  repairLedger,
  verifyLedger,
  type FileSystem,
  type LedgerEvent,
  type Processes,
  type Repair,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { systemError } from "../support/faulty-file-system.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aFolder, linesOf, named, problemsOf, writeLines } from "./a-folder.ts";

const GONE = { ...nodeProcesses.self, pid: 999_999_999, started: null };

/** Every file of a folder with its bytes. */
function filesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "latin1")]),
  );
}

async function eventsIn(path: string): Promise<LedgerEvent[]> {
  await using ledger = await openLedger(path, { mode: "read" });
  return await eventsOf(ledger);
}

function actions({ steps }: Repair): string[] {
  return steps.map(({ action, file }) => `${action} ${file.split("/").at(-1) ?? ""}`);
}

describe("a repair", () => {
  it("of a sound ledger does nothing", async () => {
    const { path } = aFolder();
    const before = filesIn(path);
    expect(await repairLedger(path)).toMatchObject({ steps: [], verification: { isSound: true } });
    expect(filesIn(path)).toEqual(before);
  });

  it("moves a torn line aside, byte for byte", async () => {
    const { path, segments } = aFolder([3]);
    const [file = ""] = segments;
    const bytes = readFileSync(file);
    const lastLine = bytes.lastIndexOf("\n", -2) + 1;
    truncateSync(file, lastLine + 40);
    const repair = await repairLedger(path);
    expect(repair.steps).toMatchObject([{ action: "moved-aside", file, byte: lastLine }]);
    expect(repair.verification.problems).toEqual([]);
    expect(readFileSync(file)).toEqual(bytes.subarray(0, lastLine));
    const [aside = ""] = readdirSync(join(path, "damaged"));
    expect(readFileSync(join(path, "damaged", aside))).toEqual(bytes.subarray(lastLine, lastLine + 40));
  });

  it("keeps the event of a last line that lacks nothing but its newline", async () => {
    const { path, segments } = aFolder([3]);
    const [file = ""] = segments;
    const bytes = readFileSync(file);
    truncateSync(file, bytes.length - 1);
    expect(actions(await repairLedger(path))).toEqual(["ended 0c6f0e6d2b11-00000001.ndjson"]);
    expect(readFileSync(file)).toEqual(bytes);
    expect(existsSync(join(path, "damaged"))).toBe(false);
  });

  it("copies damaged bytes, leaves them in place and goes on naming them", async () => {
    const { path, segments } = aFolder([3]);
    const [file = ""] = segments;
    const [one = "", two = "", three = ""] = linesOf(file);
    const damaged = two.replace('"cups":2', '"cups":9');
    writeLines(file, [one, damaged, three]);
    const before = readFileSync(file);
    const repair = await repairLedger(path);
    expect(actions(repair)).toEqual(["kept 0c6f0e6d2b11-00000001.ndjson"]);
    expect(repair.verification.problems.map(named)).toEqual(["changed-line 0-1:2"]);
    expect(readFileSync(file)).toEqual(before);
    const [copy = ""] = readdirSync(join(path, "damaged"));
    expect(readFileSync(join(path, "damaged", copy), "utf8")).toBe(damaged);
    expect((await repairLedger(path)).steps).toEqual([]);
  });

  it("removes locks and temporary files of the dead, and none of the living", async () => {
    const { path } = aFolder();
    mkdirSync(join(path, "writers"));
    mkdirSync(join(path, "checkpoints"));
    writeFileSync(join(path, "writers", "a.lock"), JSON.stringify(GONE));
    writeFileSync(join(path, "writers", "c.lock.0198-x.tmp"), JSON.stringify(GONE));
    writeFileSync(join(path, "columns.lock"), "");
    writeFileSync(join(path, "columns.lock.0198-y.tmp"), "");
    writeFileSync(join(path, "checkpoints", "x.json.0198-x.tmp"), "{");
    const held = join(path, "writers", "b.lock");
    writeFileSync(held, JSON.stringify(nodeProcesses.self));
    const first = await repairLedger(path);
    expect(actions(first).sort()).toEqual([
      "left x.json.0198-x.tmp",
      "removed a.lock",
      "removed c.lock.0198-x.tmp",
      "removed columns.lock",
    ]);
    expect(existsSync(held)).toBe(true);
    writeFileSync(held, JSON.stringify(GONE));
    const second = await repairLedger(path);
    expect(actions(second).sort()).toEqual([
      "removed b.lock",
      "removed columns.lock.0198-y.tmp",
      "removed x.json.0198-x.tmp",
    ]);
    expect(await problemsOf(path)).toEqual([]);
  });

  it("leaves a log alone that a live process appends to", async () => {
    const path = join(temporaryFolder(), "ledger");
    await using ledger = await openLedger(path, { mode: "write", create: true });
    await ledger.append([aRequestCompleted({ id: "msg:1" })]);
    const [name = ""] = readdirSync(join(path, "segments"));
    const file = join(path, "segments", name);
    const bytes = readFileSync(file);
    writeFileSync(file, Buffer.concat([bytes, Buffer.from('{"wri')]));
    const other: Processes = { self: { ...nodeProcesses.self, pid: 1 }, isRunning: () => true };
    expect(actions(await repairLedger(path, { processes: other }))).toEqual([]);
    expect(await problemsOf(path, { processes: other })).toEqual([
      expect.stringContaining("line-being-written"),
      expect.stringContaining("held-lock"),
    ]);
    expect(readFileSync(file).length).toBe(bytes.length + 5);
  });
});

/** One way in which a disk or a person changes a file. */
type Change =
  | { readonly flip: number; readonly mask: number }
  | { readonly cut: number }
  | { readonly zeros: number; readonly length: number };

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ flip: fc.nat(10_000), mask: fc.integer({ min: 1, max: 255 }) }),
  fc.record({ cut: fc.nat(10_000) }),
  fc.record({ zeros: fc.nat(10_000), length: fc.integer({ min: 1, max: 700 }) }),
);

function damage(file: string, how: Change): void {
  const bytes = readFileSync(file);
  if (bytes.length === 0) return;
  if ("cut" in how) writeFileSync(file, bytes.subarray(0, how.cut % bytes.length));
  else if ("flip" in how) {
    const at = how.flip % bytes.length;
    bytes[at] = (bytes[at] ?? 0) ^ how.mask;
    writeFileSync(file, bytes);
  } else {
    const at = how.zeros % bytes.length;
    writeFileSync(file, bytes.fill(0, at, Math.min(bytes.length, at + how.length)));
  }
}

describe("a repair of whatever happened", () => {
  const changes = fc.array(fc.record({ file: fc.nat(2), how: change }), { minLength: 1, maxLength: 5 });

  it(
    "loses no event, leaves nothing but damaged lines to be named, and is over after the first time",
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(changes, async (all) => {
          const { path, segments } = aFolder([4, 4]);
          for (const { file, how } of all) damage(segments[file] ?? "", how);
          const before = await eventsIn(path);
          const problems = (await verifyLedger(path)).problems.filter(({ severity }) => severity === "damage");
          const repair = await repairLedger(path);
          const ended = repair.steps.filter(({ action }) => action === "ended").length;
          const after = await eventsIn(path);
          expect(after).toHaveLength(before.length + ended);
          expect(after).toEqual(expect.arrayContaining(before));
          expect(repair.verification.problems.filter(({ severity }) => severity !== "note")).toEqual(problems);
          const files = filesIn(path);
          expect((await repairLedger(path)).steps).toEqual([]);
          expect(filesIn(path)).toEqual(files);
        }),
        { numRuns: 200 },
      );
    },
  );

  it("can be interrupted at any call and goes on where it was", { timeout: 120_000 }, async () => {
    const { path, segments } = aFolder([4, 4]);
    const [first = "", second = "", other = ""] = segments;
    damage(first, { flip: 300, mask: 4 });
    damage(second, { cut: readFileSync(second).length - 30 });
    damage(other, { cut: readFileSync(other).length - 1 });
    mkdirSync(join(path, "writers"));
    writeFileSync(join(path, "writers", "a.lock"), JSON.stringify(GONE));
    writeFileSync(join(path, "ledger.json.0198-x.tmp"), "{");
    const whole = `${path}-whole`;
    cpSync(path, whole, { recursive: true });
    await repairLedger(whole);
    // What the interrupted process leaves is that of a process that is gone.
    const dying: Processes = { ...nodeProcesses, self: GONE };
    for (let calls = 0; ; calls += 1) {
      const copy = `${path}-${String(calls)}`;
      cpSync(path, copy, { recursive: true });
      const interrupted = await repairLedger(copy, { fileSystem: failingAfter(calls), processes: dying }).then(
        () => false,
        (error: unknown) => {
          expect(error).toBeInstanceOf(LedgerUnavailableError);
          return true;
        },
      );
      const repaired = await repairLedger(copy);
      expect(repaired.verification.problems.map(named)).toEqual(["changed-line 0-1:2"]);
      expect(segmentsOf(filesIn(copy))).toEqual(segmentsOf(filesIn(whole)));
      if (!interrupted) break;
    }
  });
});

function segmentsOf(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([name]) => name.startsWith("segments/")));
}

/** The real file system until so many calls were made that change something; each later one of them fails. */
function failingAfter(calls: number): FileSystem {
  let left = calls;
  async function count<T>(call: () => Promise<T>): Promise<T> {
    left -= 1;
    if (left < 0) throw systemError("EIO");
    return call();
  }
  return {
    ...nodeFileSystem,
    async open(path, how) {
      if (how === "read") return nodeFileSystem.open(path, how);
      const file = await count(() => nodeFileSystem.open(path, how));
      return {
        ...file,
        append: (bytes) => count(() => file.append(bytes)),
        truncate: (length) => count(() => file.truncate(length)),
        sync: () => count(() => file.sync()),
      };
    },
    rename: (from, to) => count(() => nodeFileSystem.rename(from, to)),
    link: (from, to) => count(() => nodeFileSystem.link(from, to)),
    remove: (path) => count(() => nodeFileSystem.remove(path)),
    makeFolder: (path) => count(() => nodeFileSystem.makeFolder(path)),
    syncFolder: (path) => count(() => nodeFileSystem.syncFolder(path)),
  };
}
