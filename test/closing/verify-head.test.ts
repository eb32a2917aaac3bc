import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLedger, pruneLedger } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aLedger, aLedgerOfSegments } from "../support/a-ledger.ts";
import { aRequestCompleted, aUsageCorrected } from "../support/builders.ts";
import { logLinesOf } from "../support/log-lines.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import {
  aClosedLedger,
  append,
  closed,
  copyOf,
  linesOf,
  OCTOBER,
  rewrite,
  segmentsOf,
  spent,
  verifiedHead,
} from "./closed-ledger.ts";

const PROVEN = { exitCode: 0, sound: true, head: { outcome: "proven", differences: [] } };
const NEWLINE = 0x0a;
const OTHER_TOKENS = (event: string): string => event.replaceAll('"output":100', '"output":1');

/** October in two logs, of which the second one's writer is at work beside the first. */
async function twoLogs(): Promise<{ readonly path: string; readonly head: string }> {
  const path = await aLedger(OCTOBER.slice(0, 2));
  await using first = await openLedger(path, { mode: "write" });
  await using second = await openLedger(path, { mode: "write" });
  await first.append(OCTOBER.slice(2, 3));
  await second.append(OCTOBER.slice(3));
  expect(segmentsOf(path)).toHaveLength(2);
  // The closing has a third log: both writers are still there.
  return { path, head: (await closed(path, "2026-10")).closed.chainHead };
}

describe("farthing verify --head", () => {
  it("names another closing of the same time, which no import brings in", async () => {
    const { path, closing } = await aClosedLedger();
    const forged = {
      ...closing,
      type: "PeriodClosed",
      version: 1,
      id: "close:forged",
      occurredAt: "2026-11-01T00:00:00.000Z",
    };
    const file = join(emptyFolder(), "forged.ndjson");
    const correction = aUsageCorrected({ id: "corrected:1", corrects: "close:1" });
    writeFileSync(file, [forged, correction].map((event) => JSON.stringify(event)).join("\n"));
    const { exitCode, stdout } = await runCli(["import", "events", file, "--ledger", path]);
    expect(exitCode).toBe(3);
    expect(stdout).toContain("a period is closed by farthing close alone");
    expect(await verifiedHead(path, closing.chainHead)).toMatchObject(PROVEN);
    const { from, until, usd, position, priceBook: priceBookHash, chainHead } = closing;
    await append(path, [
      {
        type: "PeriodClosed",
        version: 1,
        id: "close:forged",
        occurredAt: "2026-11-01T00:00:00.000Z",
        sources: [],
        from,
        until,
        usd: "1",
        position,
        priceBookHash,
        chainHead: `${chainHead}0`,
      },
    ]);
    const verified = await verifiedHead(path, closing.chainHead);
    expect(verified).toMatchObject({ exitCode: 1, head: { outcome: "changed" } });
    expect(JSON.stringify(verified)).toContain("another closing of the same time");
    expect(usd).not.toBe("1");
  });

  it("proves a closing, after later lines, in a copy, after columns were made and removed, and after repair", async () => {
    const { path, head } = await twoLogs();
    expect(await verifiedHead(path, head)).toMatchObject(PROVEN);
    await append(path, [aRequestCompleted({ id: "msg:later" }), aUsageCorrected({ corrects: "msg:october-1" })]);
    await spent(path);
    expect(await verifiedHead(path, head)).toMatchObject(PROVEN);
    const copy = copyOf(path);
    rmSync(join(copy, "columns"), { recursive: true, force: true });
    rmSync(join(copy, "checkpoints"), { recursive: true, force: true });
    expect(await verifiedHead(copy, head)).toMatchObject(PROVEN);
    appendFileSync(segmentsOf(copy)[0] ?? "", '{"writer":"');
    await runCli(["verify", "--repair", "--ledger", copy]);
    expect(await verifiedHead(copy, head)).toMatchObject(PROVEN);
  });

  it("catches and names any byte that is changed before the head", async () => {
    const { path, head } = await twoLogs();
    const sealed = segmentsOf(path).map((file) => ({ file, bytes: readFileSync(file) }));
    const places = sealed.flatMap(({ file, bytes }) => {
      const end = bytes.indexOf('"type":"PeriodClosed"');
      const until = end === -1 ? bytes.length : bytes.lastIndexOf("\n", end) + 1;
      // Whole lines that lost the newline between them can be read, and are what they were.
      return Array.from({ length: until }, (_, byte) => ({ file, byte })).filter(({ byte }) => bytes[byte] !== NEWLINE);
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), fc.integer({ min: 1, max: 255 }), async ({ file, byte }, flip) => {
        const before = sealed.find((each) => each.file === file)?.bytes ?? Buffer.alloc(0);
        const bytes = Buffer.from(before);
        bytes[byte] = (bytes[byte] ?? 0) ^ flip;
        writeFileSync(file, bytes);
        const found = await verifiedHead(path, head);
        writeFileSync(file, before);
        expect(found.exitCode).toBe(3);
        expect(found.head?.outcome).toBe("changed");
        expect(found.head?.differences.some((each) => each.file === file)).toBe(true);
      }),
      { numRuns: 40 },
    );
    expect(await verifiedHead(path, head)).toMatchObject(PROVEN);
  });

  it("catches lines that were edited, removed, added or moved and chained anew, which are sound by themselves", async () => {
    const { path, head } = await twoLogs();
    const edits: readonly ((events: string[]) => string[])[] = [
      ([first = "", ...rest]) => [OTHER_TOKENS(first), ...rest],
      ([, ...rest]) => rest,
      ([first = "", ...rest]) => [first, first.replace("october-1", "forged").replace("october-4", "forged"), ...rest],
      (events) => events.toReversed(),
    ];
    for (const [number, file] of segmentsOf(path).entries()) {
      if (linesOf(file)[0]?.includes("PeriodClosed") === true) continue;
      for (const edit of linesOf(file).length === 1 ? edits.slice(0, 3) : edits) {
        const copy = copyOf(path);
        const copied = segmentsOf(copy)[number] ?? "";
        rewrite(copied, edit);
        rmSync(join(copy, "columns"), { recursive: true, force: true });
        const found = await verifiedHead(copy, head);
        expect([found.exitCode, found.sound, found.head?.outcome]).toEqual([1, true, "changed"]);
        expect(found.head?.differences).toContainEqual(expect.objectContaining({ file: copied }));
      }
    }
  });

  it("catches a log that was removed, a segment in its middle, and lines at its end", async () => {
    const { path, head } = await twoLogs();
    for (const [number, file] of segmentsOf(path).entries()) {
      if (readFileSync(file, "utf8").includes("PeriodClosed")) continue;
      const copy = copyOf(path);
      rmSync(segmentsOf(copy)[number] ?? "");
      const found = await verifiedHead(copy, head);
      expect(found).toMatchObject({ exitCode: 1, head: { outcome: "changed" } });
      expect(found.head?.differences[0]?.what).toContain("was removed");
      const cut = copyOf(path);
      writeFileSync(segmentsOf(cut)[number] ?? "", linesOf(file).slice(0, -1).join("\n"));
      expect((await verifiedHead(cut, head)).head?.outcome).toBe("changed");
    }
    const long = await aLedgerOfSegments(
      OCTOBER.concat(Array.from({ length: 8 }, (_, n) => aRequestCompleted({ id: `msg:${String(n)}` }))),
    );
    const { closed: closing } = await closed(long, "2026-10");
    expect(segmentsOf(long).length).toBeGreaterThan(2);
    expect(await verifiedHead(long, closing.chainHead)).toMatchObject(PROVEN);
    rmSync(segmentsOf(long)[1] ?? "");
    expect(await verifiedHead(long, closing.chainHead)).toMatchObject({ exitCode: 3, head: { outcome: "changed" } });
  });

  it("catches lines that are put among others under numbers that are there", async () => {
    const { path, closing } = await aClosedLedger();
    const [file = ""] = segmentsOf(path);
    const lines = linesOf(file);
    const [forged = ""] = logLinesOf("someone", [
      '{"id":"x","occurredAt":"2026-10-01T10:00:00.000Z","type":"X","version":1}',
    ]).lines;
    for (const line of [lines[0] ?? "", forged.trimEnd()]) {
      writeFileSync(file, `${[lines[0], lines[1], line, ...lines.slice(2)].join("\n")}\n`);
      expect((await verifiedHead(path, closing.chainHead)).head?.outcome).toBe("changed");
    }
  });

  it("catches a closing that was edited, removed, or contradicted under its id", async () => {
    const { path, closing } = await aClosedLedger();
    const head = closing.chainHead;
    const edited = copyOf(path);
    rewrite(segmentsOf(edited)[0] ?? "", (events) =>
      events.map((event) => event.replaceAll('"usd":"0.03"', '"usd":"0.02"')),
    );
    expect(await verifiedHead(edited, head)).toMatchObject({
      exitCode: 1,
      sound: true,
      head: { outcome: "changed", closed: { usd: "0.02" } },
    });

    const renamed = copyOf(path);
    rewrite(segmentsOf(renamed)[0] ?? "", (events) => events.map((event) => event.replace(head, "0".repeat(64))));
    expect(await verifiedHead(renamed, head)).toMatchObject({ exitCode: 1, sound: true, head: { outcome: "changed" } });
    expect((await verifiedHead(renamed, "0".repeat(64))).head?.outcome).toBe("changed");

    const removed = copyOf(path);
    rewrite(segmentsOf(removed)[0] ?? "", (events) => events.slice(0, -1));
    expect(await verifiedHead(removed, head)).toMatchObject({
      exitCode: 1,
      sound: true,
      head: { outcome: "no-closing", closed: null },
    });

    const contradicted = copyOf(path);
    rewrite(segmentsOf(contradicted)[0] ?? "", (events) => [
      ...events,
      (events.at(-1) ?? "").replace('"usd":"0.03"', '"usd":"0.09"'),
    ]);
    expect((await verifiedHead(contradicted, head)).head?.outcome).not.toBe("proven");
  });

  it("proves no ledger whose closing was made again for changed lines", async () => {
    const { path, closing } = await aClosedLedger();
    const [file = ""] = segmentsOf(path);
    rewrite(file, (events) => events.slice(0, -1).map(OTHER_TOKENS));
    const again = await closed(path, "2026-10");
    expect(again.closed.usd).not.toBe(closing.usd);
    expect(await verifiedHead(path, again.closed.chainHead)).toMatchObject(PROVEN);
    expect(await verifiedHead(path, closing.chainHead)).toMatchObject({
      exitCode: 1,
      sound: true,
      head: { outcome: "no-closing" },
    });
  });

  it("says after a prune of lines before the head that it cannot be told any more", async () => {
    const newer = aRequestCompleted({ id: "msg:new", occurredAt: "2026-11-20T10:00:00.000Z" });
    const { path, closing } = await aClosedLedger([...OCTOBER, newer]);
    await pruneLedger(path, { before: Date.parse("2026-11-01") });
    const found = await verifiedHead(path, closing.chainHead);
    expect(found).toMatchObject({ exitCode: 1, sound: true, head: { outcome: "not-told", closed: { usd: "0.03" } } });
    const { stdout } = await runCli(["verify", "--head", closing.chainHead, "--ledger", path]);
    expect(stdout).toContain("NOT TOLD");
  });

  it("proves what was closed after a prune, and what a later prune leaves alone", async () => {
    const path = await aLedger(OCTOBER);
    await pruneLedger(path, { before: Date.parse("2026-11-01") });
    const { closed: closing } = await closed(path, "2026-10");
    expect(closing.usd).toBe("0.03");
    expect(await verifiedHead(path, closing.chainHead)).toMatchObject(PROVEN);
    const record = join(path, "pruned", "00000001.json");
    writeFileSync(record, readFileSync(record, "utf8").replace('"requests": 4', '"requests": 5'));
    expect((await verifiedHead(path, closing.chainHead)).head?.outcome).toBe("changed");
  });

  it("takes nothing for a head that is none", async () => {
    const { path } = await aClosedLedger();
    const { exitCode, stderr } = await runCli(["verify", "--head", "abc", "--ledger", path]);
    expect([exitCode, stderr]).toEqual([
      2,
      'farthing: --head "abc": expected the 64 hexadecimal digits that farthing close printed\n',
    ]);
  });
});
