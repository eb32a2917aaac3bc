import { appendFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  askView,
  buildMissingColumns,
  foldAccount,
  nodeFileSystem,
  nodeProcesses,
  openLedger,
  openView,
} from "@farthing/ledger";
import { beforeAll, describe, expect, it } from "vitest";
import {
  aBatchEnded,
  aRequestCompleted,
  aRequestFailed,
  anUnknownEvent,
  aUsageCorrected,
} from "../support/builders.ts";
import { isFullRun } from "../support/full-run.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";
import { saidByAccount, saidByView, type Said } from "../support/what-a-view-says.ts";

const EVENTS = [
  aRequestCompleted({ id: "msg:1", ids: { message: "1" }, labels: { team: "a" } }),
  aRequestCompleted({ id: "msg:2", ids: { message: "2", previousMessage: "1" } }),
  aRequestFailed({ id: "req:3" }),
  aBatchEnded(),
  anUnknownEvent(),
  aRequestCompleted({ id: "msg:1", sources: ["other"] }),
  aUsageCorrected({ corrects: "msg:2" }),
  aRequestCompleted({ id: "msg:4" }),
];
const EXPECTED = saidByAccount(foldAccount(EVENTS));
const OPTIONS = { fileSystem: nodeFileSystem, processes: nodeProcesses };

describe("a column file", () => {
  let path: string;
  let folder: string;
  beforeAll(async () => {
    path = await aLedgerOfSegments([EVENTS], 3);
    folder = join(path, "columns");
    await openView([path]);
  });

  it("is never believed where a byte of it was changed, whichever", async () => {
    const file = join(folder, readdirSync(folder)[1] ?? "");
    const good = readFileSync(file);
    const step = isFullRun ? 3 : 97;
    for (let at = 0; at < good.length; at += step) {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(file, bytes);
      expect(await ask(path, "use"), `byte ${String(at)} of ${String(good.length)}`).toEqual(EXPECTED);
    }
    writeFileSync(file, good);
  });

  it.each([0, 7, 100, 2_000])("is not believed where it is cut at byte %i", async (length) => {
    const file = join(folder, readdirSync(folder)[0] ?? "");
    const good = readFileSync(file);
    truncateSync(file, length);
    expect(await ask(path, "use")).toEqual(EXPECTED);
    writeFileSync(file, good);
  });

  it("is made again where it is damaged, missing or of another release", async () => {
    const [first = "", second = ""] = readdirSync(folder).map((name) => join(folder, name));
    const before = [first, second].map((file) => readFileSync(file));
    writeFileSync(first, Buffer.from(before[0] ?? "").fill(0, 900, 1_000));
    const text = (before[1] ?? Buffer.alloc(0)).toString("latin1").replace(/"version":\d/, '"version":9');
    writeFileSync(second, text, "latin1");
    expect(await ask(path, "build")).toEqual(EXPECTED);
    expect(await buildMissingColumns(path, { ...OPTIONS, check: true })).toBe(true);
    expect(readFileSync(second).toString("latin1")).not.toContain('"version":9');
    const view = await openView([path], { columns: "use" });
    expect(view.files).toHaveLength(readdirSync(folder).length);
  });

  it("is not believed where its segment is another one now, or has more lines", async () => {
    const segments = join(path, "segments");
    const [name = ""] = readdirSync(segments);
    const good = readFileSync(join(segments, name));
    const [line = ""] = good.toString("utf8").split("\n");
    appendFileSync(join(segments, name), `${line}\n`);
    const added = await openView([path], { columns: "use" });
    expect(await saidByView(added)).toEqual(EXPECTED);

    writeFileSync(join(segments, name), good.subarray(0, good.indexOf("\n") + 1));
    const cut = await saidByView(await openView([path], { columns: "use" }));
    const kept = [...EVENTS.slice(0, 1), ...EVENTS.slice(3)];
    expect(cut).toEqual(saidByAccount(foldAccount(kept)));
    writeFileSync(join(segments, name), good);
  });
});

describe("a folder that cannot be written to", () => {
  it("is read all the same", async () => {
    const path = await aLedgerOfSegments([EVENTS], 2);
    const refuse = async (): Promise<never> => {
      throw Object.assign(new Error("EROFS: injected"), { code: "EROFS" });
    };
    const fileSystem = {
      ...nodeFileSystem,
      open: (name: string, how: Parameters<typeof nodeFileSystem.open>[1]) =>
        how === "read" ? nodeFileSystem.open(name, how) : refuse(),
      makeFolder: refuse,
      link: refuse,
      rename: refuse,
      remove: refuse,
    };
    const view = await openView([path], { fileSystem });
    expect(await saidByView(view)).toEqual(EXPECTED);
    expect(readdirSync(path)).not.toContain("columns");
  });
});

describe("damage in a segment", () => {
  it("is told of by a view whether it is read from the segment or from its column file", async () => {
    const path = await aLedgerOfSegments([EVENTS], 3);
    const segments = join(path, "segments");
    for (const name of readdirSync(segments).slice(0, 2)) {
      const bytes = readFileSync(join(segments, name));
      bytes[bytes.indexOf("\n") + 200] = 0x23;
      writeFileSync(join(segments, name), bytes);
    }
    const [fromSegments, making, fromFiles] = [
      await openView([path], { columns: "ignore" }),
      await openView([path]),
      await openView([path]),
    ];
    expect(fromSegments.damage).toHaveLength(2);
    expect(making.damage).toEqual(fromSegments.damage);
    expect(fromFiles.damage).toEqual(fromSegments.damage);
    expect(fromFiles.damage[0]).toMatchObject({ line: 2, why: expect.stringContaining("checksum") });
  });
});

describe("a file of the log that was damaged or missing when columns were made, and is restored from a copy", () => {
  async function saidWhileRestoring(damage: (segment: string) => void): Promise<readonly Said[]> {
    const path = await aLedgerOfSegments([EVENTS], 2);
    const segment = join(path, "segments", readdirSync(join(path, "segments"))[1] ?? "");
    const good = readFileSync(segment);
    damage(segment);
    const before = await openView([path]);
    expect(before.damage.length).toBeGreaterThan(0);
    const damaged = await saidByView(await openView([path]));
    writeFileSync(segment, good);
    const restored = [await openView([path], { columns: "use" }), await openView([path]), await openView([path])];
    expect(restored.map((view) => view.damage)).toEqual([[], [], []]);
    return [damaged, ...(await Promise.all(restored.map(saidByView)))];
  }

  it("counts in full again, without a word of damage", async () => {
    const line = await saidWhileRestoring((segment) => {
      const bytes = readFileSync(segment);
      bytes[200] = 0x23;
      writeFileSync(segment, bytes);
    });
    const file = await saidWhileRestoring((segment) => rmSync(segment));
    for (const [damaged, ...restored] of [line, file]) {
      expect(damaged).not.toEqual(EXPECTED);
      expect(restored).toEqual([EXPECTED, EXPECTED, EXPECTED]);
    }
  });
});

describe("a line that was damaged after its column file was made", () => {
  it("takes nothing away from what is seen of its id later, and counts nothing twice", async () => {
    const path = await aLedgerOfSegments([EVENTS.slice(0, 3)], 2);
    await openView([path]);
    const segments = join(path, "segments");
    const [name = ""] = readdirSync(segments);
    const bytes = readFileSync(join(segments, name));
    bytes[60] = 0x23;
    writeFileSync(join(segments, name), bytes);
    await using ledger = await openLedger(path, { mode: "write" });
    await ledger.append([aRequestCompleted({ id: "msg:1", sources: ["later"] })]);
    const expected = saidByAccount(await ledger.account());
    expect(await ask(path, "use")).toEqual(expected);
    // The segment with the later sighting is full, too.
    writeFileSync(join(segments, name.replace("00000001", "00000003")), "");
    expect(await ask(path, "build")).toEqual(expected);
    expect(await ask(path, "use")).toEqual(expected);
    expect(readdirSync(join(path, "columns"))).toHaveLength(2);
  });
});

function ask(path: string, columns: "build" | "use"): Promise<Said> {
  return askView([path], { columns }, saidByView);
}
