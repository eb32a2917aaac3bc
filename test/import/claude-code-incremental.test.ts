import { appendFileSync, renameSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { aFolder, write } from "./support/folder.ts";
import { importPaths, importText } from "./support/import-transcripts.ts";
import { MemoryLedger } from "./support/memory-ledger.ts";
import { assistantLine, ndjson, USAGE, userLine } from "./support/transcript.ts";

const first = assistantLine();
const second = assistantLine({ uuid: "a2", message: { id: "msg_2" } });

describe("a second import", () => {
  it("reads nothing of a file that is as it was", async () => {
    const { ledger, file } = await importText(ndjson(first, "no json"));
    const report = await importPaths(ledger, file);
    expect(report).toMatchObject({ files: { found: 1, read: 0, unchanged: 1 }, lines: 0, skipped: { total: 0 } });
  });

  it("reads only the new lines of a file that has grown, and numbers them on", async () => {
    const { ledger, file } = await importText(ndjson(userLine({ uuid: "u1" }), first));
    appendFileSync(file, ndjson(second, "no json"));
    const report = await importPaths(ledger, file);
    expect(report).toMatchObject({
      lines: 2,
      snapshots: 1,
      outcomes: { appended: 1 },
      skipped: { examples: [{ line: 4 }] },
    });
  });

  it("merges a more complete line of a response that was imported before", async () => {
    const { ledger, file } = await importText(ndjson(first));
    appendFileSync(
      file,
      ndjson(
        assistantLine({ uuid: "a2", message: { stop_reason: "end_turn", usage: { ...USAGE, output_tokens: 700 } } }),
      ),
    );
    expect((await importPaths(ledger, file)).outcomes).toEqual({ appended: 0, merged: 1, exists: 0, conflict: 0 });
    expect(ledger.response("msg:msg_1")).toMatchObject({
      finality: "complete",
      usage: { parts: [{ tokens: { output: 700 } }] },
    });
  });

  it("knows what the lines before the new ones said", async () => {
    const { ledger, file } = await importText(
      ndjson(first, userLine({ uuid: "u2", parentUuid: "a1", timestamp: "2026-02-11T10:00:20Z" })),
    );
    appendFileSync(file, ndjson({ ...second, parentUuid: "u2", timestamp: "2026-02-11T10:00:30Z" }));
    await importPaths(ledger, file);
    expect(ledger.response("msg:msg_2")).toMatchObject({
      ids: { previousMessage: "msg_1" },
      timing: { startedAt: "2026-02-11T10:00:20.000Z" },
    });
  });

  it.each([
    ["was cut shorter", ndjson(first, second), ndjson(second)],
    ["holds other bytes at its beginning", ndjson(first), ndjson({ ...second, version: "9" }, first)],
    [
      "holds other bytes before where it was left",
      ndjson(first, "x".repeat(9_000), first),
      ndjson(first, "x".repeat(9_000), second),
    ],
  ])("reads a file anew that %s", async (_, before, after) => {
    const { ledger, file } = await importText(before);
    writeFileSync(file, after);
    expect((await importPaths(ledger, file)).lines).toBe(after.split("\n").length - 1);
    expect([...ledger.events.keys()].sort()).toContain("msg:msg_2");
  });

  it("forgets files that are gone", async () => {
    const { ledger, file } = await importText(ndjson(first));
    const other = write(aFolder(), "projects/p/other.jsonl", ndjson(second));
    renameSync(file, `${file}.moved`);
    await importPaths(ledger, other);
    const checkpoint = ledger.documents.get("import-claude-code") as { readonly files: object };
    expect(Object.keys(checkpoint.files)).toEqual([other]);
  });

  it("reads everything anew where its checkpoint is not understood", async () => {
    for (const damaged of [
      null,
      7,
      [],
      {},
      { importer: 99, files: {} },
      { importer: 1, files: { "/x": { offset: -1 } } },
    ]) {
      const { ledger, file } = await importText(ndjson(first));
      ledger.documents.set("import-claude-code", damaged);
      expect((await importPaths(ledger, file)).outcomes.exists).toBe(1);
    }
  });
});

describe("a last line without newline", () => {
  it("is pending while it is not whole, and imported when it is", async () => {
    const whole = ndjson(first, second);
    const { ledger, file, report } = await importText(whole.slice(0, -20));
    expect(report).toMatchObject({ lines: 1, snapshots: 1, skipped: { total: 0 } });
    expect(report.pending).toEqual([{ file, line: 2, bytes: ndjson(second).length - 20 }]);
    writeFileSync(file, whole);
    const next = await importPaths(ledger, file);
    expect(next).toMatchObject({ lines: 1, outcomes: { appended: 1 }, pending: [] });
  });

  it("is imported where it is a whole object, and read again until its newline comes", async () => {
    const { ledger, file, report } = await importText(ndjson(first).trimEnd());
    expect(report).toMatchObject({ lines: 1, outcomes: { appended: 1 }, pending: [] });
    expect((await importPaths(ledger, file)).outcomes).toMatchObject({ appended: 0, exists: 1 });
    appendFileSync(file, `\n${ndjson(second)}`);
    expect(await importPaths(ledger, file)).toMatchObject({ lines: 2, outcomes: { appended: 1, exists: 1 } });
    expect((await importPaths(ledger, file)).files.unchanged).toBe(1);
  });
});

describe("an import that fails", () => {
  it("leaves no mark ahead of the events, so the next one brings them", async () => {
    const ledger = new MemoryLedger();
    const file = write(aFolder(), "projects/p/s.jsonl", ndjson(first, second));
    ledger.failure = new Error("disk full");
    await expect(importPaths(ledger, file)).rejects.toThrow("disk full");
    ledger.failure = null;
    expect((await importPaths(ledger, file)).outcomes.appended).toBe(2);
  });
});

describe("a long file", () => {
  it("gives the same account whole and read on from its middle, across the window of earlier lines", async () => {
    // Longer than the 4 MiB in which a parent is looked for; one parent is within, one is not.
    const filler = userLine({ message: { role: "user", content: "y".repeat(3 * 1024 * 1024) } });
    const lines = [
      ndjson(first, filler),
      ndjson({ ...second, parentUuid: "a1" }, filler),
      ndjson(assistantLine({ uuid: "a3", parentUuid: "a1", message: { id: "msg_3" } })),
      ndjson(assistantLine({ uuid: "a4", parentUuid: "a2", message: { id: "msg_4" } })),
    ];
    const whole = await importText(lines.join(""));
    expect(whole.ledger.responses().map(({ ids }) => ids.previousMessage)).toEqual([null, "msg_1", null, "msg_2"]);

    const ledger = new MemoryLedger();
    const folder = aFolder();
    for (let parts = 1; parts <= lines.length; parts += 1) {
      await importPaths(ledger, write(folder, "projects/app/session-1.jsonl", lines.slice(0, parts).join("")));
    }
    expect(ledger.account()).toBe(whole.ledger.account());
  });
});
