import { appendFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeProcesses, openLedger, verifyLedger, type Processes } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anUnknownEvent, aRequestCompleted } from "../support/builders.ts";
import { logLines, RECORDED_AT } from "../support/log-lines.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aFolder, chainIn, linesOf, named, problemsOf, someEvents, WRITER, writeLines } from "./a-folder.ts";

const NEWLINE = 0x0a;
const ONE = 0x31;
const TWO = 0x32;

/** Number of the line that holds a byte, from 1; its newline belongs to it. */
function lineAt(bytes: Buffer, byte: number): number {
  return bytes.subarray(0, byte).filter((each) => each === NEWLINE).length + 1;
}

describe("a ledger that nobody damaged", () => {
  it("is sound, and counted: lines, bytes, times and the head of every log", async () => {
    const { path, segments } = aFolder();
    const verification = await verifyLedger(path);
    const sizes = segments.map((file) => readFileSync(file).length);
    const last = linesOf(segments[1] ?? "").at(-1) ?? "";
    expect(verification).toMatchObject({ isSound: true, lines: 6, segments: 3, lost: 0, problems: [] });
    expect(verification.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(verification.logs[0]).toEqual({
      writer: WRITER,
      segments: 2,
      bytes: (sizes[0] ?? 0) + (sizes[1] ?? 0),
      lines: 5,
      lost: 0,
      firstAt: Date.parse("2026-10-01T10:00:00.001Z"),
      lastAt: Date.parse("2026-10-01T10:00:00.005Z"),
      head: { seq: 5, chain: chainIn(last) },
    });
  });

  it("is sound as the store writes it, however closely it is looked at, lines longer than a read included", async () => {
    const path = join(temporaryFolder(), "ledger");
    const events = [200, 70_000, 300_000, 10, 1_000_000, 250_000].map((length, index) =>
      anUnknownEvent({ id: String(index), text: "ü".repeat(length) }),
    );
    {
      await using ledger = await openLedger(path, { mode: "write", create: true });
      await ledger.append([...events, aRequestCompleted()]);
    }
    for (const deep of [false, true]) {
      expect(await verifyLedger(path, { deep })).toMatchObject({ isSound: true, lines: 7, problems: [] });
    }
  });

  it("is not changed by being verified", async () => {
    const { path, segments } = aFolder();
    const before = segments.map((file) => readFileSync(file));
    await verifyLedger(path, { deep: true });
    expect(segments.map((file) => readFileSync(file))).toEqual(before);
  });

  it("may begin with lines of releases that did not say when they recorded", async () => {
    const { path, segments } = aFolder([0]);
    const old = logLines(WRITER, someEvents("old", 2), undefined, () => null);
    const { lines } = logLines(WRITER, someEvents("new", 1), old.head, () => 5);
    writeFileSync(segments[0] ?? "", [...old.lines, ...lines].join(""));
    expect(await verifyLedger(path)).toMatchObject({ problems: [], logs: [{ lines: 3, firstAt: 5, lastAt: 5 }, {}] });
  });
});

describe("one changed byte", () => {
  it("anywhere is one problem, on its line", { timeout: 120_000 }, async () => {
    const { path, segments } = aFolder();
    const [first = "", second = ""] = segments;
    for (const file of [first, second]) {
      const good = readFileSync(file);
      for (let byte = 0; byte < good.length; byte += 1) {
        const bytes = Buffer.from(good);
        bytes[byte] = (good[byte] ?? 0) ^ 0x01;
        writeFileSync(file, bytes);
        const { problems, isSound } = await verifyLedger(path);
        const place = `${file === first ? "0-1" : "0-2"}:${String(lineAt(good, byte))}`;
        expect(
          problems.map((each) => named(each).split(" ")[1]),
          `byte ${String(byte)}`,
        ).toEqual([place]);
        expect(isSound).toBe(false);
      }
      writeFileSync(file, good);
    }
  });

  it("costs one event; none in a chain value, or where it joins two lines", async () => {
    const { path, segments } = aFolder([4]);
    const [file = ""] = segments;
    const good = readFileSync(file);
    const lines = linesOf(file);
    const second = Buffer.byteLength(`${lines[0] ?? ""}\n`);
    const end = second + Buffer.byteLength(lines[1] ?? "");
    for (const [byte, kind, lost] of [
      [second + 60, "changed-line", 1],
      [end - 80, "changed-line", 1],
      [end - 90, "no-line", 1],
      [end - 20, "broken-chain", 0],
      [end, "joined-lines", 0],
    ] as const) {
      const bytes = Buffer.from(good);
      bytes[byte] = good[byte] === ONE ? TWO : ONE;
      writeFileSync(file, bytes);
      expect(await verifyLedger(path)).toMatchObject({ lost, problems: [{ kind, line: 2, byte: second }] });
    }
  });

  it("among others names no line but changed ones and those right after them", async () => {
    const { path, segments } = aFolder([6, 6]);
    const [first = "", file = ""] = segments;
    const good = readFileSync(file);
    const untouched = linesOf(first).length + 1;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(good.length - 2), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 255 }),
        async (places, mask) => {
          const bytes = Buffer.from(good);
          for (const place of places) bytes[place] = (good[place] ?? 0) ^ mask;
          writeFileSync(file, bytes);
          const { problems, isSound, lines } = await verifyLedger(path);
          expect(isSound).toBe(false);
          expect(lines).toBeGreaterThanOrEqual(untouched);
          const changed = new Set(places.map((place) => lineAt(good, place)));
          for (const problem of problems) {
            expect(problem.file).toBe(file);
            const line = lineAt(good, problem.byte ?? 0);
            expect(changed.has(line) || changed.has(line - 1)).toBe(true);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("lines that are not where they were written", () => {
  it("are named, each by what became of it", async () => {
    const folder = aFolder([3, 3]);
    const [first = "", file = "", other = ""] = folder.segments;
    const [one = "", two = "", three = ""] = linesOf(file);
    const before = chainIn(linesOf(first).at(-1) ?? "");
    const oneLine = (id: string, seq: number, chain: string): string =>
      (logLines(WRITER, [anUnknownEvent({ id })], { seq, chain }).lines[0] ?? "").trimEnd();
    const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
      [[one, three], ["missing-lines 0-2:2"]],
      [[two, three], ["missing-lines 0-2:1"]],
      // Changed together with its checksums, which only the next line can tell.
      [[one, oneLine("forged", 4, chainIn(one)), three], ["broken-chain 0-2:3"]],
      [
        [one, two, one, two, three],
        ["repeated-line 0-2:3", "repeated-line 0-2:4"],
      ],
      [[one, oneLine("fork", 3, before), two, three], ["forked-number 0-2:2"]],
      [[one, two, ...linesOf(other), three], ["foreign-line 0-2:3"]],
      // A failed write is followed by a newline, and then by the next line.
      [[one, two, "", three], []],
      [[one, two, two.slice(0, 90), three], ["fragment 0-2:3"]],
      [[one, "{}", three], ["no-line 0-2:2"]],
      [[`${one}${two}`, three], ["joined-lines 0-2:1"]],
      [[`${one}${two.replace('"cups":2', '"cups":3')}`, three], ["joined-lines 0-2:1"]],
      [
        ["{}", "{}", "{}"],
        ["no-line 0-2:1", "no-line 0-2:2", "no-line 0-2:3"],
      ],
    ];
    for (const [now, expected] of cases) {
      writeLines(file, now);
      expect(await problemsOf(folder.path)).toEqual(expected);
    }
  });

  it("are named where one says that it was recorded before the one before it", async () => {
    const { path: folder, segments: files } = aFolder([0]);
    const { lines } = logLines(WRITER, someEvents("a", 3), undefined, (seq) => [0, 20, 10, 30][seq] ?? 0);
    writeFileSync(files[0] ?? "", lines.join(""));
    expect(await problemsOf(folder)).toEqual(["time-went-back 0-1:2"]);
  });

  it("are named where a segment is gone; a file of another name between segments is only a note", async () => {
    const { path: folder, segments: files } = aFolder([2, 2, 2]);
    rmSync(files[1] ?? "");
    writeFileSync(join(folder, "segments", "notes.txt"), "");
    expect(await problemsOf(folder)).toEqual(["missing-segment 0-2", "missing-lines 0-3:1", "unknown-file notes.txt"]);
    expect((await verifyLedger(folder)).lost).toBe(2);
  });

  it("are told from good ones by looking deeper where a writer's mistake is under right checksums", async () => {
    const { path: folder, segments: files } = aFolder([0]);
    const noEvent = { id: 7, type: "RequestCompleted" } as unknown as ReturnType<typeof anUnknownEvent>;
    const { lines } = logLines(WRITER, [noEvent, anUnknownEvent()]);
    writeFileSync(files[0] ?? "", lines.join(""));
    expect(await problemsOf(folder)).toEqual([]);
    expect(await problemsOf(folder, { deep: true })).toEqual(["no-event 0-1:1"]);
  });
});

describe("the end of a log without a newline", () => {
  const alive: Processes = { self: { ...nodeProcesses.self, pid: 1 }, isRunning: () => true };
  const dead: Processes = { ...alive, isRunning: () => false };

  it("is torn, unless it is whole, or a live process holds the log", async () => {
    const { path, segments } = aFolder([2]);
    const [file = ""] = segments;
    const size = readFileSync(file).length;
    truncateSync(file, size - 1);
    expect(await problemsOf(path)).toEqual(["unended-line 0-1:2"]);
    truncateSync(file, size - 2);
    expect(await problemsOf(path)).toEqual(["torn-line 0-1:2"]);
    expect((await verifyLedger(path)).isSound).toBe(true);
    writeFileSync(join(path, "writer.lock"), JSON.stringify(alive.self));
    expect(await problemsOf(path, { processes: alive })).toEqual(["line-being-written 0-1:2", "held-lock writer.lock"]);
    expect(await problemsOf(path, { processes: dead })).toEqual(["torn-line 0-1:2", "stale-lock writer.lock"]);
  });

  it("in a segment that the log goes on after is torn where nothing is missing, and damage where something is", async () => {
    const { path, segments } = aFolder([2, 2]);
    const [file = ""] = segments;
    const good = readFileSync(file);
    appendFileSync(file, '{"writer":"0c6f0e6d2b11","seq":3,"ev');
    expect(await problemsOf(path)).toEqual(["torn-line 0-1:3"]);
    expect(await verifyLedger(path)).toMatchObject({ isSound: true, lost: 0 });
    writeFileSync(file, good.subarray(0, -30));
    expect(await problemsOf(path)).toEqual(["no-line 0-1:2"]);
    expect(await verifyLedger(path)).toMatchObject({ isSound: false, lost: 1 });
    writeFileSync(file, good.subarray(0, -1));
    expect(await problemsOf(path)).toEqual([]);
  });

  it("can be anywhere, and calls no earlier line into question", { timeout: 60_000 }, async () => {
    const { path, segments } = aFolder([3]);
    const [file = ""] = segments;
    const bytes = readFileSync(file);
    for (let length = bytes.length - 1; length > 0; length -= 1) {
      truncateSync(file, length);
      const { isSound, lines, problems } = await verifyLedger(path);
      const whole = bytes.subarray(0, length).filter((byte) => byte === NEWLINE).length;
      expect({ isSound, lines: lines - 1 }).toEqual({ isSound: true, lines: whole });
      expect(problems.map(({ line }) => line)).toEqual(bytes[length - 1] === NEWLINE ? [] : [whole + 1]);
    }
  });
});

describe("a segment that goes back to an earlier line", () => {
  // A writer that cannot know whether its newest lines were kept begins a segment after the last one it knows of.
  const kept = logLines(WRITER, someEvents("kept", 3));
  const lost = logLines(WRITER, someEvents("not-known", 2), kept.head);
  const next = logLines(WRITER, someEvents("next", 3), kept.head, (seq) => RECORDED_AT + 100 + seq);

  it.each([
    ["whole", lost.lines],
    ["gone", []],
    ["damaged", lost.lines.map((line) => line.replace("cups", "mugs"))],
    ["torn", [lost.lines[0]?.slice(0, -20) ?? ""]],
  ])("is no damage where what it did not know of is %s", async (state, lines) => {
    const { path, segments } = aFolder([0, 0]);
    const [first = "", second = ""] = segments;
    writeFileSync(first, [...kept.lines, ...lines].join(""));
    writeFileSync(second, next.lines.join(""));
    const { problems, lost: lostEvents, logs } = await verifyLedger(path);
    const expected = { whole: [], gone: [], damaged: ["fragment", "fragment"], torn: ["torn-line"] }[state];
    expect(problems.map(({ kind }) => kind)).toEqual(expected);
    expect(lostEvents).toBe(0);
    expect(logs[0]).toMatchObject({ lines: state === "whole" ? 8 : 6, head: next.head });
  });

  it("is damage where it follows no line that was there", async () => {
    const { path, segments } = aFolder([0, 0]);
    const [first = "", second = ""] = segments;
    writeFileSync(first, [...kept.lines, ...lost.lines].join(""));
    const forged = logLines(WRITER, someEvents("forged", 1), { seq: 3, chain: "f".repeat(64) });
    writeFileSync(second, forged.lines.join(""));
    expect(await problemsOf(path)).toEqual(["forked-number 0-2:1"]);
  });
});
