import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, it } from "vitest";
import { transcripts } from "./support/arbitrary-transcripts.ts";
import { aFolder, write } from "./support/folder.ts";
import { importPaths } from "./support/import-transcripts.ts";
import { MemoryLedger } from "./support/memory-ledger.ts";

const RUNS = { numRuns: 150 };

async function accountOf(...paths: readonly string[]): Promise<string> {
  const ledger = new MemoryLedger();
  for (const path of paths) await importPaths(ledger, path);
  return ledger.account();
}

describe("any transcript", () => {
  it("gives the same account whole and cut at any byte into two imports", async () => {
    const file = write(aFolder(), "projects/app/session.jsonl", "");
    await fc.assert(
      fc.asyncProperty(transcripts, fc.double({ min: 0, max: 1, noNaN: true }), async (text, cut) => {
        const bytes = Buffer.from(text);
        const ledger = new MemoryLedger();
        writeFileSync(file, bytes.subarray(0, Math.floor(bytes.byteLength * cut)));
        await importPaths(ledger, file);
        writeFileSync(file, bytes);
        const report = await importPaths(ledger, file);
        return report.pending.length === 0 && ledger.account() === (await accountOf(file));
      }),
      RUNS,
    );
  });

  it("gives the same report of skipped lines whole and cut between lines", async () => {
    const file = write(aFolder(), "projects/app/session.jsonl", "");
    await fc.assert(
      fc.asyncProperty(transcripts, fc.nat(), async (text, choice) => {
        const lines = text.split("\n").slice(0, -1);
        const cut = lines.length === 0 ? 0 : choice % lines.length;
        writeFileSync(file, text);
        const whole = await importPaths(new MemoryLedger(), file);
        const ledger = new MemoryLedger();
        writeFileSync(
          file,
          lines
            .slice(0, cut)
            .map((line) => `${line}\n`)
            .join(""),
        );
        const before = await importPaths(ledger, file);
        writeFileSync(file, text);
        const after = await importPaths(ledger, file);
        const examples = [...before.skipped.examples, ...after.skipped.examples];
        return (
          before.lines + after.lines === whole.lines &&
          before.snapshots + after.snapshots === whole.snapshots &&
          JSON.stringify(examples) === JSON.stringify(whole.skipped.examples)
        );
      }),
      RUNS,
    );
  });

  it("gives the same account in any order of files, together or one at a time, once or twice", async () => {
    const folder = aFolder();
    await fc.assert(
      fc.asyncProperty(fc.array(transcripts, { minLength: 2, maxLength: 3 }), async (texts) => {
        rmSync(join(folder, "projects"), { recursive: true, force: true });
        const files = texts.map((text, index) => write(folder, `projects/app/${String(index)}.jsonl`, text));
        const together = await accountOf(folder);
        return (
          together === (await accountOf(...files)) &&
          together === (await accountOf(...files.toReversed())) &&
          together === (await accountOf(folder, ...files, folder))
        );
      }),
      RUNS,
    );
  });
});
