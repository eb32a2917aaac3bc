import { isDeepStrictEqual } from "node:util";
import { foldAccount, type Account, type Damage, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { anUnknownEvent, aPlaceholder, aRequestCompleted } from "../support/builders.ts";
import { CrashDisk, type DiskTree } from "../support/crash-disk.ts";
import { CrashWorld, expectSurvival } from "../support/crash-world.ts";
import { isFullRun } from "../support/full-run.ts";
import { eventsOf } from "../support/describe-event-store.ts";

const EVENTS: readonly LedgerEvent[] = [
  aPlaceholder({ id: "msg:1" }),
  aRequestCompleted({ id: "msg:1" }),
  anUnknownEvent({ id: "other", note: '{"writer":"nobody","crc":"' }),
  aRequestCompleted({ id: "msg:2", labels: { team: "ü" } }),
];

/** Going on after a damage takes longer than reading it, so an ordinary run does it for a part of them. */
const EACH = isFullRun ? 1 : 19;

/** The disk of a ledger of `EVENTS`, and its one segment. */
async function aLedger(): Promise<{ readonly disk: DiskTree; readonly path: string; readonly bytes: Buffer }> {
  const world = new CrashWorld();
  const ledger = await world.start().open("write");
  for (const event of EVENTS) await ledger.append([event]);
  await ledger.close();
  const disk = world.disk.durable();
  for (const [path, bytes] of disk) if (bytes !== null && path.endsWith(".ndjson")) return { disk, path, bytes };
  throw new Error("the ledger has no segment");
}

function withBytes(disk: DiskTree, path: string, bytes: Buffer): DiskTree {
  return new Map([...disk, [path, bytes]]);
}

async function read(disk: DiskTree): Promise<{ events: LedgerEvent[]; account: Account; damage: readonly Damage[] }> {
  await using ledger = await new CrashWorld(CrashDisk.of(disk)).start().open("read");
  return { events: await eventsOf(ledger), account: await ledger.account(), damage: ledger.damage() };
}

/** First byte of every line. */
function lineStarts(bytes: Buffer): number[] {
  const starts = [0];
  for (const [at, byte] of bytes.entries()) if (byte === 0x0a && at + 1 < bytes.length) starts.push(at + 1);
  return starts;
}

describe("the newest line", () => {
  it("torn at any byte loses nothing else, and the next process goes on", async () => {
    const { disk, path, bytes } = await aLedger();
    const told = { made: true, acknowledged: EVENTS.slice(0, -1), attempted: EVENTS };
    for (let length = lineStarts(bytes).at(-1) ?? 0; length < bytes.length; length += 1) {
      const torn = withBytes(disk, path, bytes.subarray(0, length));
      expect((await read(torn)).events).toEqual(EVENTS.slice(0, -1));
      if (length % EACH === 0 || length === bytes.length - 1) await expectSurvival({ disk: torn, told });
    }
  });

  it("written twice, the second time up to any byte, counts once", async () => {
    const { disk, path, bytes } = await aLedger();
    const told = { made: true, acknowledged: EVENTS, attempted: EVENTS };
    const last = bytes.subarray(lineStarts(bytes).at(-1));
    for (let length = 0; length <= last.length; length += 1) {
      const twice = withBytes(disk, path, Buffer.concat([bytes, last.subarray(0, length)]));
      expect(await read(twice)).toMatchObject({ account: foldAccount(EVENTS), damage: [] });
      if (length % EACH === 0) await expectSurvival({ disk: twice, told });
    }
  });

  it("written again behind a part of itself, of any length, counts", async () => {
    const { disk, path, bytes } = await aLedger();
    const told = { made: true, acknowledged: EVENTS, attempted: EVENTS };
    const start = lineStarts(bytes).at(-1) ?? 0;
    for (let length = 1; length < bytes.length - start; length += 1) {
      const again = withBytes(disk, path, Buffer.concat([bytes.subarray(0, start + length), bytes.subarray(start)]));
      expect((await read(again)).account).toEqual(foldAccount(EVENTS));
      if (length % EACH === 0) await expectSurvival({ disk: again, told });
    }
  });
});

describe("a flipped bit", () => {
  it("anywhere in a segment loses at most the line it is in, which is named, and the next process goes on", async () => {
    const { disk, path, bytes } = await aLedger();
    const starts = lineStarts(bytes);
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const line = starts.filter((start) => start <= at).length;
      const rest = EVENTS.filter((_, index) => index !== line - 1);
      const { events, account, damage } = await read(withBytes(disk, path, flipped));

      const context = `bit ${String(at % 8)} of byte ${String(at)}, in line ${String(line)}`;
      expect(events.length === EVENTS.length ? rest : events, context).toEqual(rest);
      expect(isDeepStrictEqual(account, foldAccount(events)), context).toBe(true);
      expect(damage[0], context).toMatchObject({ file: path, line, byte: starts[line - 1] });
      if (at % EACH !== 0 && !starts.includes(at + 1)) continue;
      const told = { made: true, acknowledged: rest, attempted: EVENTS };
      await expectSurvival({ disk: withBytes(disk, path, flipped), told });
    }
  });
});
