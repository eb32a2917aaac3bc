import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { defaultRoots, importClaudeCode } from "@farthing/adapters/claude-code";
import { describe, expect, it } from "vitest";
import { aFolder, write } from "./support/folder.ts";
import { importPaths } from "./support/import-transcripts.ts";
import { MemoryLedger } from "./support/memory-ledger.ts";
import { assistantLine, ndjson } from "./support/transcript.ts";

const LINE = ndjson(assistantLine());
const OTHER_LINE = ndjson(assistantLine({ message: { id: "msg_2" } }));

describe("the default folders", () => {
  it("are the two that Claude Code has used", () => {
    expect(defaultRoots({}, "/home/ada")).toEqual(["/home/ada/.claude/projects", "/home/ada/.config/claude/projects"]);
  });

  it("are those of CLAUDE_CONFIG_DIR, a list, where it is set", () => {
    expect(defaultRoots({ CLAUDE_CONFIG_DIR: "/a, ~/b,," }, "/home/ada")).toEqual([
      "/a/projects",
      "/home/ada/b/projects",
    ]);
    expect(defaultRoots({ CLAUDE_CONFIG_DIR: " " }, "/home/ada")).toHaveLength(2);
  });

  it("may be absent, and are searched when no path is given", async () => {
    const home = aFolder();
    write(home, ".config/claude/projects/app/s.jsonl", LINE);
    const report = await importClaudeCode({ ledger: new MemoryLedger(), paths: [], env: {}, home });
    expect(report).toMatchObject({ files: { found: 1, unreadable: [] }, outcomes: { appended: 1 } });
    expect(report.roots).toEqual(defaultRoots({}, home));
  });
});

describe("a path", () => {
  it("that does not exist is reported, and the others are imported", async () => {
    const file = write(aFolder(), "s.jsonl", LINE);
    const report = await importPaths(new MemoryLedger(), "/nonexistent/s.jsonl", file);
    expect(report.files.unreadable).toEqual([{ path: "/nonexistent/s.jsonl", why: "there is no such file or folder" }]);
    expect(report.outcomes.appended).toBe(1);
  });

  it("to a file is read whatever the file is called; in folders only *.jsonl is", async () => {
    const folder = aFolder();
    const odd = write(folder, "transcript.txt", LINE);
    expect((await importPaths(new MemoryLedger(), folder)).files.found).toBe(0);
    expect((await importPaths(new MemoryLedger(), odd)).outcomes.appended).toBe(1);
  });

  it("given twice, inside another or through links is read once", async () => {
    const folder = aFolder();
    const file = write(folder, "projects/app/s.jsonl", LINE);
    symlinkSync(folder, join(folder, "projects/app/back-to-the-top"));
    symlinkSync(file, join(folder, "projects/linked.jsonl"));
    symlinkSync(join(folder, "nowhere"), join(folder, "projects/dangling.jsonl"));
    const ledger = new MemoryLedger();
    const report = await importPaths(ledger, folder, file, join(folder, "projects"));
    expect(report).toMatchObject({ files: { found: 1, read: 1 }, snapshots: 1 });
    expect(report.files.unreadable.map(({ path }) => path)).toEqual([join(folder, "projects/dangling.jsonl")]);
    expect(ledger.response("msg:msg_1").context.project).toBe("app");
  });

  it("that vanishes before it is read is reported, and the others are imported", async () => {
    const folder = aFolder();
    write(folder, "a.jsonl", LINE);
    const gone = write(folder, "b.jsonl", "x");
    write(folder, "c.jsonl", OTHER_LINE);
    const options = { ledger: new MemoryLedger(), paths: [folder], env: {}, home: folder };
    const report = await importClaudeCode({ ...options, onProgress: () => rmSync(gone, { force: true }) });
    expect(report.files).toMatchObject({ found: 3, read: 2 });
    expect(report.files.unreadable).toEqual([{ path: gone, why: "there is no such file or folder" }]);
    expect(report.outcomes.appended).toBe(2);
  });
});

describe("progress", () => {
  it("ends with all files and bytes done", async () => {
    const folder = aFolder();
    write(folder, "a.jsonl", LINE);
    write(folder, "b.jsonl", OTHER_LINE.trimEnd());
    const seen: unknown[] = [];
    const options = { ledger: new MemoryLedger(), paths: [folder], env: {}, home: folder };
    await importClaudeCode({ ...options, onProgress: (progress) => seen.push(progress) });
    const bytes = LINE.length + OTHER_LINE.length - 1;
    expect(seen.at(-1)).toEqual({ files: 2, filesDone: 2, bytes, bytesDone: bytes, snapshots: 2 });
  });
});
