import { join } from "node:path";
import {
  LedgerUnavailableError,
  nodeFileSystem,
  openLedger,
  openView,
  pruneLedger,
  type FileSystem,
  type Ledger,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const OLD = aRequestCompleted({ id: "msg:old", occurredAt: "2026-01-05T10:00:00.000Z" });
const AGAIN = { ...OLD, sources: ["import"] };
const FIRST = aRequestCompleted({ id: "msg:first", occurredAt: "2026-01-05T22:00:00.000Z" });
const NEW = aRequestCompleted({ id: "msg:new", occurredAt: "2026-01-05T23:00:00.000Z" });
const now = (): number => Date.parse("2026-01-06T00:00:00.000Z");

/** The real file system, in which something happens just before or after a prune writes its sums, or that these count. */
function around(moment: "before" | "after", what: "ids" | "json", happen: () => Promise<void>): FileSystem {
  let isFirst = true;
  return {
    ...nodeFileSystem,
    async open(path, how) {
      if (what === "ids" && isFirst && how === "create" && path.includes("rollup")) {
        isFirst = false;
        await happen();
      }
      return nodeFileSystem.open(path, how);
    },
    async rename(from, to) {
      const isRecord = what === "json" && to.endsWith(join("pruned", "00000001.json"));
      if (isRecord && moment === "before") await happen();
      await nodeFileSystem.rename(from, to);
      if (isRecord && moment === "after") await happen();
    },
  };
}

/** A ledger with a response to be pruned, and a process with a log of its own. */
async function aLedger(): Promise<{ readonly path: string; readonly other: Ledger }> {
  const path = join(temporaryFolder(), "ledger");
  const options = { mode: "write", create: true, segmentBytes: 1, now } as const;
  const ledger = await openLedger(path, options);
  const other = await openLedger(path, options);
  // So that the columns of what is said again, in a first segment, are made before those of what was said first.
  for (const event of [FIRST, OLD, NEW]) await ledger.append([event]);
  await ledger.close();
  return { path, other };
}

/** Says again what is being pruned, in a segment that is full at once. */
async function sayAgain(other: Ledger): Promise<void> {
  await other.append([AGAIN]);
  await other.append([aRequestCompleted({ id: "msg:newer", occurredAt: NEW.occurredAt })]);
}

async function requestsOf(path: string): Promise<number> {
  const ledger = await openLedger(path, { mode: "read" });
  const { total } = await ledger.spend();
  await ledger.close();
  return total.requests;
}

describe("a response that is recorded again while it is pruned", () => {
  it("counts once where columns are made of it before the prune comes to its end", async () => {
    const { path, other } = await aLedger();
    const fileSystem = around("before", "ids", async () => {
      await sayAgain(other);
      await openView([path]);
    });
    await pruneLedger(path, { before: Date.parse("2026-01-05T12:00:00.000Z"), now, fileSystem });
    await other.close();
    expect(await requestsOf(path)).toBe(4);
  });

  it("counts once where columns are being made of it when the prune comes to its end", async () => {
    const { path, other } = await aLedger();
    let making: Promise<unknown> = Promise.resolve();
    const fileSystem = around("before", "ids", async () => {
      await sayAgain(other);
      // It has read the lines, and what was pruned by then, long before it writes.
      let isReading = (): void => undefined;
      const reading = new Promise<void>((resolve) => {
        isReading = resolve;
      });
      const slow: FileSystem = {
        ...nodeFileSystem,
        async open(name, how) {
          if (!name.includes(".col.")) return nodeFileSystem.open(name, how);
          isReading();
          await new Promise((resolve) => setTimeout(resolve, 200));
          return nodeFileSystem.open(name, how);
        },
      };
      making = openView([path], { fileSystem: slow });
      await reading;
    });
    await pruneLedger(path, { before: Date.parse("2026-01-05T12:00:00.000Z"), now, fileSystem });
    await making;
    await other.close();
    expect(await requestsOf(path)).toBe(4);
  });

  it("counts once where the prune dies as soon as its sums count, and for whoever asks before it comes to its end", async () => {
    const { path, other } = await aLedger();
    let asked = 0;
    const dying = around("after", "json", async () => {
      asked = await requestsOf(path);
      throw Object.assign(new Error("EIO: injected"), { code: "EIO" });
    });
    const fileSystem: FileSystem = {
      ...dying,
      async open(name, how) {
        // The last that it does before it says what is pruned.
        if (how === "create" && name.includes("rollup")) {
          await sayAgain(other);
          await openView([path]);
        }
        return dying.open(name, how);
      },
    };
    const before = Date.parse("2026-01-05T12:00:00.000Z");
    await expect(pruneLedger(path, { before, now, fileSystem })).rejects.toThrow(LedgerUnavailableError);
    await other.close();
    expect([asked, await requestsOf(path)]).toEqual([4, 4]);
    await pruneLedger(path, { before, now });
    expect(await requestsOf(path)).toBe(4);
  });
});
