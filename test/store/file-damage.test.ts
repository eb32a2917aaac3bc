import { appendFileSync, readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { foldAccount, openLedger, type Account, type Damage, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { anUnknownEvent, aPlaceholder, aRequestCompleted, aUsageCorrected } from "../support/builders.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { onlySegmentOf } from "../support/ledger-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const EVENTS: readonly LedgerEvent[] = [
  aPlaceholder({ id: "msg:ü" }),
  anUnknownEvent(),
  aRequestCompleted({ id: "msg:ü" }),
  aUsageCorrected({ corrects: "msg:2" }),
  aRequestCompleted({ id: "msg:2" }),
];

/** A ledger of `EVENTS`, each appended alone. */
async function aLedger(): Promise<{ readonly path: string; readonly segment: string; readonly lines: string[] }> {
  const path = join(temporaryFolder(), "ledger");
  await using ledger = await openLedger(path, { mode: "write", create: true });
  for (const event of EVENTS) await ledger.append([event]);
  const segment = onlySegmentOf(path);
  return { path, segment, lines: readFileSync(segment, "utf8").split("\n").slice(0, -1) };
}

async function read(path: string): Promise<{ events: LedgerEvent[]; account: Account; damage: readonly Damage[] }> {
  await using ledger = await openLedger(path, { mode: "read" });
  const events = await eventsOf(ledger);
  return { events, account: foldAccount(events), damage: ledger.damage() };
}

function byteOf(lines: readonly string[], line: number): number {
  return Buffer.byteLength(
    lines
      .slice(0, line - 1)
      .map((text) => `${text}\n`)
      .join(""),
  );
}

describe("a ledger cut off anywhere", () => {
  it("is readable, and its account is that of its whole lines", { timeout: 60_000 }, async () => {
    const { path, segment } = await aLedger();
    const bytes = readFileSync(segment);
    for (let length = bytes.length; length >= 0; length -= 1) {
      truncateSync(segment, length);
      const wholeLines = bytes.subarray(0, length).filter((byte) => byte === 0x0a).length;
      const { events, account, damage } = await read(path);
      expect(events).toEqual(EVENTS.slice(0, wholeLines));
      expect(account).toEqual(foldAccount(EVENTS.slice(0, wholeLines)));
      expect(damage).toEqual([]);
    }
  });

  it("can be appended to: the torn line is moved aside first, byte for byte", async () => {
    const { path, segment } = await aLedger();
    const bytes = readFileSync(segment);
    const lastLine = bytes.lastIndexOf(0x0a, -2) + 1;
    truncateSync(segment, lastLine + 40);
    await using ledger = await openLedger(path, { mode: "write" });
    const later = aRequestCompleted({ id: "msg:later" });
    await ledger.append([later]);
    expect(await eventsOf(ledger)).toEqual([...EVENTS.slice(0, -1), later]);
    expect(ledger.damage()).toEqual([]);
    const [aside = ""] = readdirSync(join(path, "damaged"));
    expect(readFileSync(join(path, "damaged", aside))).toEqual(bytes.subarray(lastLine, lastLine + 40));
    expect(readFileSync(segment).subarray(0, lastLine)).toEqual(bytes.subarray(0, lastLine));
  });

  it("is left alone by readers", async () => {
    const { path, segment } = await aLedger();
    truncateSync(segment, readFileSync(segment).length - 7);
    const before = readFileSync(segment);
    await read(path);
    expect(readFileSync(segment)).toEqual(before);
    expect(readdirSync(path).sort()).toEqual(["ledger.json", "segments", "writers"]);
  });
});

describe("a damaged line", () => {
  it.each([
    ["a changed byte", (line: string) => line.replace('"output":10', '"output":90'), /checksum does not match/],
    ["bytes that are no JSON", () => "\u0000\u0000garbage", /not a line of a ledger/],
    ["half a line", (line: string) => line.slice(0, 200), /only a part of one/],
  ])("with %s is counted with file, line and byte, and no other line is lost", async (_, damageLine, why) => {
    const { path, segment, lines } = await aLedger();
    writeFileSync(segment, lines.map((line, index) => `${index === 2 ? damageLine(line) : line}\n`).join(""));
    const { events, damage } = await read(path);
    expect(events).toEqual(EVENTS.filter((_event, index) => index !== 2));
    expect(damage).toEqual([{ file: segment, line: 3, byte: byteOf(lines, 3), why: expect.stringMatching(why) }]);
  });

  it("is counted once however often it is read, and has its line and byte when reading starts after a position", async () => {
    const { path, segment, lines } = await aLedger();
    writeFileSync(segment, lines.map((line, index) => `${index === 3 ? "?" : line}\n`).join(""));
    await using ledger = await openLedger(path, { mode: "read" });
    const reading = ledger.read({ limit: 2 });
    let after;
    for await (const { position } of reading) after = position;
    for (let repeat = 0; repeat < 2; repeat += 1) {
      for await (const _ of ledger.read(after === undefined ? {} : { after }));
    }
    expect(ledger.damage()).toEqual([{ file: segment, line: 4, byte: byteOf(lines, 4), why: expect.any(String) }]);
  });

  it("is never removed by the next append", async () => {
    const { path, segment, lines } = await aLedger();
    const damaged = lines.map((line, index) => `${index === 4 ? "?" : line}\n`).join("");
    writeFileSync(segment, damaged);
    await using ledger = await openLedger(path, { mode: "write" });
    await ledger.append([aRequestCompleted({ id: "msg:2" })]);
    expect(readFileSync(segment, "utf8").startsWith(damaged)).toBe(true);
    expect(await eventsOf(ledger)).toEqual(EVENTS);
  });
});

describe("the chain of lines", () => {
  it("shows that a line was taken out, and keeps the events of the others", async () => {
    const { path, segment, lines } = await aLedger();
    writeFileSync(
      segment,
      lines
        .filter((_, index) => index !== 1)
        .map((line) => `${line}\n`)
        .join(""),
    );
    const { events, damage } = await read(path);
    expect(events).toEqual(EVENTS.filter((_, index) => index !== 1));
    expect(damage).toEqual([
      { file: segment, line: 2, byte: byteOf(lines, 2), why: expect.stringContaining("does not follow number 1") },
    ]);
  });

  it("goes on over closing and opening", async () => {
    const { path } = await aLedger();
    for (const id of ["msg:6", "msg:7"]) {
      await using ledger = await openLedger(path, { mode: "write" });
      await ledger.append([aRequestCompleted({ id })]);
    }
    const { events, damage } = await read(path);
    expect(events).toHaveLength(EVENTS.length + 2);
    expect(damage).toEqual([]);
  });

  it("takes a repeated line for what it is: its event counts once, and nothing is damaged", async () => {
    const { path, segment, lines } = await aLedger();
    writeFileSync(segment, [...lines.slice(0, 3), ...lines.slice(1)].map((line) => `${line}\n`).join(""));
    const { account, damage } = await read(path);
    expect(account).toEqual(foldAccount(EVENTS));
    expect(damage).toEqual([]);
  });

  it("runs through all segments of a writer", async () => {
    const { path, segment, lines } = await aLedger();
    writeFileSync(
      segment,
      lines
        .slice(0, 2)
        .map((line) => `${line}\n`)
        .join(""),
    );
    const next = segment.replace("-00000001", "-00000002");
    writeFileSync(
      next,
      lines
        .slice(2)
        .map((line) => `${line}\n`)
        .join(""),
    );
    expect(await read(path)).toMatchObject({ events: EVENTS, damage: [] });
    renameSync(segment, `${segment}.bak`);
    expect((await read(path)).damage).toMatchObject([{ file: next, line: 1, byte: 0 }]);
  });
});

describe("the logs of several writers", () => {
  const times = ["2026-10-01T10:00:01.000Z", "2026-10-01T10:00:03.000Z"];
  const otherTimes = ["2026-10-01T10:00:02.000Z", "2026-10-01T10:00:04.000Z"];

  async function twoWriters(): Promise<string> {
    const paths = await Promise.all(
      [times, otherTimes].map(async (own, index) => {
        const path = join(temporaryFolder(), "ledger");
        await using ledger = await openLedger(path, { mode: "write", create: true });
        await ledger.append(
          own.map((occurredAt) => aRequestCompleted({ id: `msg:${String(index)}:${occurredAt}`, occurredAt })),
        );
        return path;
      }),
    );
    const [path = "", other = ""] = paths;
    const segment = onlySegmentOf(other);
    writeFileSync(
      join(dirname(onlySegmentOf(path)), segment.slice(dirname(segment).length + 1)),
      readFileSync(segment),
    );
    return path;
  }

  it("are read as one, by time", async () => {
    const { events, damage } = await read(await twoWriters());
    expect(events.map(({ occurredAt }) => occurredAt)).toEqual([...times, ...otherTimes].sort());
    expect(damage).toEqual([]);
  });

  it("are each gone on with after a position", async () => {
    await using ledger = await openLedger(await twoWriters(), { mode: "write" });
    const seen: string[] = [];
    let after;
    for (;;) {
      const before = seen.length;
      for await (const { position, event } of ledger.read({ limit: 1, ...(after === undefined ? {} : { after }) })) {
        seen.push(event.occurredAt);
        after = position;
      }
      if (seen.length === before) break;
    }
    expect(seen).toEqual([...times, ...otherTimes].sort());
  });
});

describe("lines longer than one read", () => {
  it("are read whole, characters of several bytes included", async () => {
    const path = join(temporaryFolder(), "ledger");
    const text = `${"x".repeat(1_048_576 - 700)}${"💶".repeat(300_000)}`;
    const long = anUnknownEvent({ id: "long", text });
    {
      await using ledger = await openLedger(path, { mode: "write", create: true });
      await ledger.append([long, anUnknownEvent({ id: "short" })]);
    }
    expect(await read(path)).toMatchObject({ events: [long, anUnknownEvent({ id: "short" })], damage: [] });
    appendFileSync(onlySegmentOf(path), "x".repeat(100_000));
    expect((await read(path)).events).toHaveLength(2);
  });
});
