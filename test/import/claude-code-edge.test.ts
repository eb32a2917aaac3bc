import { expect, it } from "vitest";
import { describeWithSharedData } from "../support/shared-data.ts";
import { importPaths } from "./support/import-transcripts.ts";
import { MemoryLedger } from "./support/memory-ledger.ts";

describeWithSharedData("transcripts other projects made by hand", "claude-code/edge", (edge) => {
  it("are imported, and what is skipped is named with file, line and reason", async () => {
    const report = await importPaths(new MemoryLedger(), edge);
    expect(report.files).toMatchObject({ found: 15, read: 15, unreadable: [] });
    expect(report).toMatchObject({ lines: 81, snapshots: 32, outcomes: { appended: 28, conflict: 0 }, pending: [] });
    expect(report.skipped.byReason).toEqual({ "no-usage": 5, "not-an-object": 3, "malformed-json": 2 });
    expect(report.skipped.examples).toHaveLength(10);
    expect(report.skipped.examples.filter(({ file }) => file.endsWith("claudit/malformed.jsonl"))).toMatchObject([
      { line: 2, reason: "malformed-json" },
      { line: 3, reason: "malformed-json" },
      { line: 5, reason: "no-usage" },
    ]);
  });

  it("keep responses of models nobody knows, and list the models", async () => {
    const ledger = new MemoryLedger();
    const report = await importPaths(ledger, edge);
    expect(report.unknownModels.models).toEqual(
      expect.arrayContaining([
        { model: "unknown-model-xyz", responses: 1 },
        { model: "__proto__", responses: 1 },
      ]),
    );
    expect(ledger.response("msg:pwn-model").servedModel).toBe("__proto__");
  });

  it("give the same account when imported again without a checkpoint", async () => {
    const ledger = new MemoryLedger();
    await importPaths(ledger, edge);
    const account = ledger.account();
    ledger.documents.clear();
    const again = await importPaths(ledger, edge);
    expect(again.outcomes).toMatchObject({ appended: 0, merged: 0 });
    expect(ledger.account()).toBe(account);
  });
});
