import { START } from "@farthing/ledger";
import fc from "fast-check";
import { describe, it } from "vitest";
import { CrashDisk } from "../support/crash-disk.ts";
import { CrashWorld } from "../support/crash-world.ts";
import { isFullRun } from "../support/full-run.ts";
import { expectEnd, ledgerCommands, openWriter, type Model, type Real } from "../support/ledger-commands.ts";

const SEQUENCES = isFullRun ? 10_000 : 2_000;
const sizes = fc.tuple(fc.constantFrom(900, 4_000, 1_000_000), fc.constantFrom(1, 2_000, Infinity));
const commandLists = fc.commands(ledgerCommands, { maxCommands: 30, size: "max" });

describe("a ledger that any of its processes appends to, that is killed, loses power and is refused calls", () => {
  it(
    `is what was acknowledged, after any of ${String(SEQUENCES)} sequences of commands`,
    { timeout: 1_500_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(commandLists, sizes, async (commands, [segmentBytes, partBytes]) => {
          const model: Model = { open: new Set() };
          const world = new CrashWorld(new CrashDisk(), { segmentBytes, partBytes });
          const real: Real = { world, writers: new Map(), fault: null, position: START, seen: [] };
          await openWriter(model, real, 0);
          await fc.asyncModelRun(() => ({ model, real }), commands);
          await expectEnd(real);
        }),
        { numRuns: SEQUENCES },
      );
    },
  );
});
