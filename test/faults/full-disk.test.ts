import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LedgerUnavailableError, openLedger, type Ledger, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it, onTestFinished, type TestContext } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { describeInFullRun } from "../support/full-run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const MIB = 1_048_576;

/** A file system of its own, of a few megabytes. */
const SMALL_FILE_SYSTEMS: Readonly<Record<string, (folder: string) => string | null>> = {
  tmpfs: (folder) => run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder),
  ext4: (folder) => {
    const image = join(temporaryFolder(), "image");
    writeFileSync(image, Buffer.alloc(8 * MIB));
    return run("mkfs.ext4", "-q", "-m", "0", image) ?? run("mount", "-o", "loop", image, folder);
  },
};

/** Runs a command; returns why it failed, or null. */
function run(command: string, ...args: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? null : (error?.message ?? stderr.trim());
}

/** A ledger on a small file system, of which a file takes up most. */
function aSmallDisk(context: TestContext, mount: (folder: string) => string | null): { path: string; ballast: string } {
  const folder = temporaryFolder();
  const refusal = process.getuid?.() === 0 ? mount(folder) : "only root may mount";
  if (refusal !== null) context.skip(`needs to mount a small file system: ${refusal}`);
  onTestFinished(() => {
    run("umount", "-l", folder);
  });
  const ballast = join(folder, "ballast");
  writeFileSync(ballast, Buffer.alloc(3 * MIB));
  return { path: join(folder, "ledger"), ballast };
}

/** Appends until the disk is full; returns what was acknowledged. */
async function fill(ledger: Ledger, from: number): Promise<readonly LedgerEvent[]> {
  const acknowledged: LedgerEvent[] = [];
  for (let number = from; ; number += 3) {
    const events = [0, 1, 2].map((offset) =>
      aRequestCompleted({ id: `msg:${String(number + offset)}`, labels: { note: "x".repeat(2_000) } }),
    );
    try {
      await ledger.append(events);
    } catch (error) {
      expect(error).toBeInstanceOf(LedgerUnavailableError);
      expect(String(error)).toContain("no space left on the device; free some and try again");
      return acknowledged;
    }
    acknowledged.push(...events);
  }
}

async function expectRead(path: string, events: readonly LedgerEvent[]): Promise<void> {
  await using reader = await openLedger(path, { mode: "read" });
  const ids = new Set((await eventsOf(reader)).map(({ id }) => id));
  expect(events.filter(({ id }) => !ids.has(id))).toEqual([]);
}

describeInFullRun("a disk that is full", "mounts small file systems", () => {
  describe.each(Object.entries(SMALL_FILE_SYSTEMS))("(%s)", (_, mount) => {
    it("loses nothing acknowledged, can be read, and is appended to again when space is freed", async (context) => {
      const { path, ballast } = aSmallDisk(context, mount);
      await using ledger = await openLedger(path, { mode: "write", create: true });
      const before = await fill(ledger, 1);
      expect(before.length).toBeGreaterThan(30);
      await expectRead(path, before);
      const meanwhile = await fill(ledger, 100_000);
      await expectRead(path, [...before, ...meanwhile]);

      rmSync(ballast);
      const after = [aRequestCompleted({ id: "msg:after" }), ...before.slice(-2)];
      expect((await ledger.append(after)).map(({ outcome }) => outcome)).toEqual(["appended", "exists", "exists"]);
      await ledger.close();
      await expectRead(path, [...before, ...meanwhile, ...after]);

      await using next = await openLedger(path, { mode: "write" });
      await next.append([aRequestCompleted({ id: "msg:next" })]);
      await expectRead(path, [...before, ...meanwhile, ...after, aRequestCompleted({ id: "msg:next" })]);
    });

    it("is opened to append as soon as space is freed", async (context) => {
      const { path, ballast } = aSmallDisk(context, mount);
      const before = await (async () => {
        await using ledger = await openLedger(path, { mode: "write", create: true });
        return await fill(ledger, 1);
      })();
      writeFileSync(join(path, "..", "rest"), "");
      const rest = run("dd", "if=/dev/zero", `of=${join(path, "..", "rest")}`, "bs=512");
      expect(rest).toContain("No space left");
      await openLedger(path, { mode: "write" }).then(
        (ledger) => ledger.close(),
        (error: unknown) => expect(error).toBeInstanceOf(LedgerUnavailableError),
      );
      await expectRead(path, before);
      rmSync(ballast);
      await using ledger = await openLedger(path, { mode: "write" });
      await ledger.append([aRequestCompleted({ id: "msg:after" })]);
      await expectRead(path, [...before, aRequestCompleted({ id: "msg:after" })]);
    });
  });
});
