import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { crc32 } from "node:zlib";
import { openLedger, openView, pruneLedger, repairLedger, verifyLedger } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted, aUsage, aUsageCorrected } from "../support/builders.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";
import { problemsOf } from "./a-folder.ts";

function requests(count: number, prefix = "msg"): ReturnType<typeof aRequestCompleted>[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `${prefix}:${String(index)}`;
    const occurredAt = new Date(Date.UTC(2026, 9, 1, index)).toISOString();
    return aRequestCompleted({ id, occurredAt, usage: aUsage({ uncachedInput: 1000 + index, output: 7 }) });
  });
}

/** A ledger of sealed segments with their column files, and one that is being written; four requests are in it twice. */
async function aLedgerWithColumns(
  linesPerSegment = 6,
): Promise<{ readonly path: string; readonly columns: readonly string[] }> {
  const again = requests(4).map((request) => ({ ...request, sources: ["again"] }));
  const path = await aLedgerOfSegments([[...requests(12), ...again]], linesPerSegment);
  await openView([path]);
  const folder = join(path, "columns");
  return {
    path,
    columns: readdirSync(folder)
      .sort()
      .map((name) => join(folder, name)),
  };
}

async function whatIsSaid(path: string, columns: "ignore" | "use" = "ignore"): Promise<string[]> {
  const view = await openView([path], { columns });
  const said: string[] = [];
  for await (const { rows, dead } of view.batches({ details: true })) {
    for (let row = 0; row < rows.count; row += 1) {
      if (dead === null || dead[row] === 0) said.push(`${rows.details().id(row)} ${String(rows.uncachedInput[row])}`);
    }
  }
  return said.sort();
}

describe("column files", () => {
  it("that nobody damaged are sound, row by row", async () => {
    const { path, columns } = await aLedgerWithColumns();
    expect(columns.length).toBeGreaterThan(1);
    for (const deep of [false, true]) expect(await problemsOf(path, { deep })).toEqual([]);
  });

  it("are held against the catalogue of them, which is named for a changed byte, and made again", async () => {
    const path = await aLedgerOfSegments(
      [[...requests(20), aUsageCorrected({ id: "c", corrects: "msg:3" }), ...requests(2, "last")]],
      1,
    );
    await openView([path]);
    const catalogue = join(path, "columns", "catalogue");
    const good = readFileSync(catalogue);
    expect(await problemsOf(path)).toEqual([]);
    for (let byte = 0; byte < good.length; byte += 211) {
      const bytes = Buffer.from(good);
      bytes[byte] = (good[byte] ?? 0) ^ 0x10;
      writeFileSync(catalogue, bytes);
      // The numbers of the releases are not covered.
      if (byte < 16 || byte >= 32) expect(await problemsOf(path)).toEqual(["damaged-columns catalogue"]);
    }
    // With a checksum that fits, as who writes a wrong one leaves it.
    const wrong = Buffer.from(good);
    const at = wrong.indexOf('"corrects":"msg:3"') + '"corrects":"msg:'.length;
    wrong[at] = "4".charCodeAt(0);
    wrong.writeUInt32LE(crc32(wrong.subarray(32)), 24);
    writeFileSync(catalogue, wrong);
    expect(await problemsOf(path)).toEqual(["damaged-columns catalogue"]);
    await repairLedger(path);
    expect(await problemsOf(path)).toEqual([]);
  });

  it("are named for any changed byte, and made again by a repair", { timeout: 120_000 }, async () => {
    const { path, columns } = await aLedgerWithColumns();
    const [file = ""] = columns;
    const good = readFileSync(file);
    const said = await whatIsSaid(path);
    for (let byte = 0; byte < good.length; byte += 97) {
      const bytes = Buffer.from(good);
      bytes[byte] = (good[byte] ?? 0) ^ 0x10;
      writeFileSync(file, bytes);
      const { problems, isSound } = await verifyLedger(path);
      expect(isSound, `byte ${String(byte)}`).toBe(false);
      expect(problems).toMatchObject([{ kind: "damaged-columns", file, line: null, byte: null }]);
    }
    const { steps, verification } = await repairLedger(path);
    expect(steps).toMatchObject([{ action: "made-again", file }]);
    expect(verification).toMatchObject({ isSound: true, problems: [] });
    expect(await whatIsSaid(path)).toEqual(said);
    expect((await repairLedger(path)).steps).toEqual([]);
  });

  it("of a segment that is no longer what it was are stale, and no damage by themselves", async () => {
    const { path, columns } = await aLedgerWithColumns();
    const [file = "", other = ""] = columns;
    writeFileSync(file, readFileSync(other));
    expect(await problemsOf(path)).toEqual([`stale-columns ${file.split("/").at(-1) ?? ""}`]);
    expect((await verifyLedger(path)).isSound).toBe(true);
    expect((await repairLedger(path)).verification.problems).toEqual([]);
  });

  it("are held against the lines when looked at deeply: a wrong row under right checksums is found, and made again", async () => {
    const { path, columns } = await aLedgerWithColumns();
    const [file = ""] = columns;
    const good = readFileSync(file);
    let found = 0;
    for (let byte = 0; writeWrongRows(file, good, byte); byte += 1) {
      const deep = await verifyLedger(path, { deep: true });
      if (!deep.problems.some(({ kind }) => kind === "wrong-row")) continue;
      found += 1;
      expect((await verifyLedger(path)).isSound).toBe(true);
      const { steps, verification } = await repairLedger(path, { deep: true });
      expect(steps).toMatchObject([{ action: "made-again", file }]);
      expect(verification.isSound).toBe(true);
      break;
    }
    expect(found).toBe(1);
  });

  it("are held against the lines: one that lacks a row is found, and made again", async () => {
    const { path, columns } = await aLedgerWithColumns();
    const [file = ""] = columns;
    const good = readFileSync(file);
    const said = await whatIsSaid(path);
    const segment = join(path, "segments", readdirSync(join(path, "segments"))[0] ?? "");
    const whole = readFileSync(segment);
    writeFileSync(segment, whole.subarray(0, whole.lastIndexOf("\n", -2) + 1));
    await openView([path]);
    const short = readColumnFile(readFileSync(file));
    writeFileSync(segment, whole);
    writeColumnFile(file, { ...short.header, source: readColumnFile(good).header.source }, short.body);
    expect(await whatIsSaid(path, "use")).not.toEqual(said);

    expect((await verifyLedger(path)).isSound).toBe(true);
    const { problems } = await verifyLedger(path, { deep: true });
    expect(problems).toMatchObject([{ kind: "wrong-row", file, what: expect.stringContaining("1 lines") }]);
    const { steps, verification } = await repairLedger(path, { deep: true });
    expect([steps, verification.isSound]).toMatchObject([[{ action: "made-again", file }], true]);
    expect(await whatIsSaid(path, "use")).toEqual(said);
  });

  it.each(["kills", "hashes", "entries", "places"])(
    "are held against the lines: what a wrong byte of %s changes in what is said is found",
    async (section) => {
      const { path, columns } = await aLedgerWithColumns(5);
      const file = columns.at(-1) ?? "";
      const good = readFileSync(file);
      const said = await whatIsSaid(path);
      const length = readColumnFile(good).header.sections[section]?.length ?? 0;
      let found = 0;
      // The last numbers: how many there are and how wide they are stands before them.
      for (let byte = Math.max(0, length - 8); byte < length; byte += 1) {
        writeWrong(file, good, section, byte);
        const wrong = await whatIsSaid(path, "use").catch(() => null);
        if ((await verifyLedger(path, { deep: true })).isSound) expect([byte, wrong]).toEqual([byte, said]);
        else found += 1;
      }
      expect(found).toBeGreaterThan(0);
    },
  );
});

/** Changes a byte of the rows of a column file, and its checksums with it; false past the end of the rows. */
function writeWrongRows(file: string, good: Buffer, byte: number): boolean {
  return writeWrong(file, good, "rows", byte);
}

interface ColumnFileHeader {
  source: unknown;
  sections: Record<string, { offset: number; length: number; crc: number }>;
}

/** Changes a byte of a section of a column file, and its checksums with it; false past the end of the section. */
function writeWrong(file: string, good: Buffer, section: string, byte: number): boolean {
  const { header, body } = readColumnFile(good);
  const place = header.sections[section];
  if (place === undefined) throw new Error(`there is no section ${section}`);
  if (byte >= place.length) return false;
  const at = place.offset + byte;
  body[at] = (body[at] ?? 0) ^ 1;
  place.crc = crc32(body.subarray(place.offset, place.offset + place.length));
  writeColumnFile(file, header, body);
  return true;
}

const PREFIX = "farthing".length + 8;

function readColumnFile(bytes: Buffer): { readonly header: ColumnFileHeader; readonly body: Buffer } {
  const length = bytes.readUInt32LE(PREFIX - 8);
  const header = JSON.parse(bytes.toString("utf8", PREFIX, PREFIX + length)) as ColumnFileHeader;
  return { header, body: Buffer.from(bytes.subarray(PREFIX + length)) };
}

function writeColumnFile(file: string, header: ColumnFileHeader, body: Buffer): void {
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(json.length + (-Buffer.byteLength(json) & 7)), "utf8");
  const head = Buffer.alloc(PREFIX);
  head.write("farthing", "latin1");
  head.writeUInt32LE(text.length, PREFIX - 8);
  head.writeUInt32LE(crc32(text), PREFIX - 4);
  writeFileSync(file, Buffer.concat([head, text, body]));
}

describe("sums that were kept between questions", () => {
  it("are held against the rows when looked at deeply: a wrong one under a right checksum is found, and removed", async () => {
    const { path } = await aLedgerWithColumns();
    await using ledger = await openLedger(path, { mode: "read" });
    const spend = await ledger.spend({ by: ["model"] });
    const [file = ""] = readdirSync(join(path, "checkpoints")).map((name) => join(path, "checkpoints", name));
    const good = readFileSync(file);
    expect(await problemsOf(path, { deep: true })).toEqual([]);
    let wrong = 0;
    for (let byte = good.length - 200; byte < good.length; byte += 1) {
      const bytes = Buffer.from(good);
      bytes[byte] = (bytes[byte] ?? 0) ^ 1;
      bytes.writeUInt32LE(crc32(bytes.subarray(12)), 8);
      writeFileSync(file, bytes);
      const answer = await ledger.spend({ by: ["model"] }).catch(() => null);
      if (isDeepStrictEqual(answer, spend)) continue;
      wrong += 1;
      writeFileSync(file, bytes);
      expect((await verifyLedger(path)).isSound).toBe(true);
      const { steps, verification } = await repairLedger(path, { deep: true });
      expect([steps, verification.isSound]).toMatchObject([[{ action: "removed", file }], true]);
      expect(await ledger.spend({ by: ["model"] })).toEqual(spend);
    }
    expect(wrong).toBeGreaterThan(0);
  });
});

describe("documents beside the log", () => {
  it("are named where they are no JSON, and moved aside by a repair", async () => {
    const path = await aLedgerOfSegments([requests(2)], 6);
    const file = join(path, "checkpoints", "import-claude-code.json");
    mkdirSync(join(path, "checkpoints"));
    writeFileSync(file, '{"importer":');
    expect(await problemsOf(path)).toEqual(["damaged-document import-claude-code.json"]);
    const { steps, verification } = await repairLedger(path);
    expect(steps).toMatchObject([{ action: "moved-aside", file }]);
    expect(verification.problems).toEqual([]);
    expect(readFileSync(join(path, "damaged", "import-claude-code.json"), "utf8")).toBe('{"importer":');
  });
});

describe("a pruned ledger", () => {
  async function aPrunedLedger(): Promise<string> {
    const path = await aLedgerOfSegments([requests(20)], 6);
    await pruneLedger(path, { before: Date.UTC(2026, 9, 1, 12) });
    return path;
  }

  it("is sound: segments that were dropped are not missed, and the next line follows the last of them", async () => {
    const path = await aPrunedLedger();
    expect(readdirSync(join(path, "pruned"))).toContain("00000001.json");
    expect(await verifyLedger(path, { deep: true })).toMatchObject({ isSound: true, lost: 0, problems: [] });
  });

  it("is damaged where the record of it is, or what it rests on is gone", async () => {
    const path = await aPrunedLedger();
    const rollup = readdirSync(join(path, "segments")).find((name) => name.startsWith("rollup")) ?? "";
    const bytes = readFileSync(join(path, "segments", rollup));
    rmSync(join(path, "segments", rollup));
    expect(await problemsOf(path)).toEqual(["prune-record 00000001.json", `missing-segment ${rollup}`]);
    writeFileSync(join(path, "segments", rollup), bytes);
    expect(await problemsOf(path)).toEqual([]);
    const lines = bytes.toString("utf8").split(/(?<=\n)/);
    writeFileSync(join(path, "segments", rollup), lines.slice(0, -1).join(""));
    expect(await problemsOf(path)).toEqual(["prune-record 00000001.json"]);
    writeFileSync(join(path, "segments", rollup), bytes);
    const ids = join(path, "pruned", "00000001.ids");
    const goodIds = readFileSync(ids);
    writeFileSync(ids, goodIds.subarray(0, -1));
    expect(await problemsOf(path)).toEqual(["prune-record 00000001.ids"]);
    writeFileSync(ids, goodIds);
    const record = join(path, "pruned", "00000001.json");
    writeFileSync(record, readFileSync(record, "utf8").replace("farthing-pruned", "farthing-pruneb"));
    expect(await problemsOf(path)).toContain("prune-record 00000001.json");
    expect((await verifyLedger(path)).isSound).toBe(false);
  });
});
