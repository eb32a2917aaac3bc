import { readFileSync, realpathSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { importClaudeCode } from "@farthing/adapters/claude-code";
import { addTokens, canonicalJson, NO_TOKENS, openLedger, type TokenBuckets, totalTokens } from "@farthing/ledger";
import { beforeAll, expect, it } from "vitest";
import { describeWithSharedData, sharedData } from "../support/shared-data.ts";
import { aFolder, write } from "./support/folder.ts";
import { importPaths } from "./support/import-transcripts.ts";
import { MemoryLedger } from "./support/memory-ledger.ts";

interface ExpectedModel {
  readonly requests: number;
  readonly uncached_input: number;
  readonly cache_write_5m: number;
  readonly cache_write_1h: number;
  readonly cache_read: number;
  readonly output: number;
}

describeWithSharedData("real Claude Code transcripts", "claude-code/real/projects", (projects) => {
  let files: readonly string[] = [];
  let whole = new MemoryLedger();

  beforeAll(async () => {
    const entries = await readdir(realpathSync(projects), { recursive: true });
    files = entries.filter((entry) => entry.endsWith(".jsonl")).map((entry) => join(realpathSync(projects), entry));
    whole = new MemoryLedger();
    await importPaths(whole, projects);
  });

  it("give 547 responses from 1,059 lines with usage, and nothing is skipped", async () => {
    const report = await importPaths(new MemoryLedger(), projects);
    expect(report).toMatchObject({
      files: { found: 15, read: 15, unchanged: 0, unreadable: [] },
      snapshots: 1059,
      outcomes: { appended: 547, conflict: 0 },
      skipped: { total: 0 },
      unknownModels: { responses: 0 },
      pending: [],
    });
  });

  it("give the token counts of each model to the token", () => {
    const expected = JSON.parse(readFileSync(sharedData("claude-code/expected.json") ?? "", "utf8")) as {
      readonly models: Readonly<Record<string, ExpectedModel>>;
    };
    const models = new Map<string, { requests: number; tokens: TokenBuckets }>();
    for (const { servedModel, usage } of whole.responses()) {
      const sum = models.get(servedModel) ?? { requests: 0, tokens: NO_TOKENS };
      models.set(servedModel, { requests: sum.requests + 1, tokens: addTokens(sum.tokens, totalTokens(usage)) });
    }
    expect(Object.fromEntries(models)).toEqual(
      Object.fromEntries(
        Object.entries(expected.models).map(([model, counts]) => [
          model,
          {
            requests: counts.requests,
            tokens: {
              uncachedInput: counts.uncached_input,
              cacheWrite5m: counts.cache_write_5m,
              cacheWrite1h: counts.cache_write_1h,
              cacheRead: counts.cache_read,
              output: counts.output,
            },
          },
        ]),
      ),
    );
  });

  it("have nine sessions in two projects", () => {
    const contexts = whole.responses().map(({ context }) => context);
    expect(new Set(contexts.map(({ session }) => session)).size).toBe(9);
    expect(new Set(contexts.map(({ project }) => project))).toEqual(new Set(["spotter", "viewer"]));
  });

  it("have 534 responses whose output is a lower bound, because no end was recorded", () => {
    const lowerBounds = whole.responses().filter(({ output }) => output === "lower-bound");
    expect(lowerBounds).toHaveLength(534);
    expect(new Set(lowerBounds.map(({ finality }) => finality))).toEqual(new Set(["placeholder"]));
  });

  it("mark the first response after each of the two compactions", () => {
    const marked = whole.responses().filter(({ request }) => request?.afterCompaction === true);
    expect(marked.map(({ id }) => id).sort()).toEqual([
      "msg:msg_01MCP4jmhxhddhtDDbhCqRq8",
      "msg:msg_01VSoUt6f6orEzuDGsX9SQM5",
    ]);
  });

  it("name for every response in a session but its first ones the response before it", () => {
    const ids = new Set(whole.responses().map(({ ids: { message } }) => message));
    const previous = whole.responses().map(({ ids: { previousMessage } }) => previousMessage);
    expect(previous.filter((message) => message === null)).toHaveLength(24);
    expect(previous.filter((message) => message !== null && !ids.has(message))).toEqual([]);
  });

  it("begin after the line that prompted them and end no earlier than they begin", () => {
    for (const { occurredAt, timing } of whole.responses()) {
      expect(timing).toMatchObject({ startedAtProvenance: "estimated", occurredAtProvenance: "derived" });
      expect((timing.startedAt ?? "") <= occurredAt).toBe(true);
    }
  });

  it("change nothing when imported again", async () => {
    const ledger = new MemoryLedger();
    await importPaths(ledger, projects);
    const again = await importPaths(ledger, projects);
    expect(again.files).toMatchObject({ read: 0, unchanged: 15 });
    ledger.documents.clear();
    const forgetful = await importPaths(ledger, projects);
    expect(forgetful.outcomes).toEqual({ appended: 0, merged: 0, exists: 547, conflict: 0 });
    expect(ledger.account()).toBe(whole.account());
  });

  it.each([
    ["one file at a time", (paths: readonly string[]) => paths],
    ["in reverse", (paths: readonly string[]) => paths.toReversed()],
    ["interleaved", (paths: readonly string[]) => paths.toSorted((a, b) => (a.slice(-12) < b.slice(-12) ? -1 : 1))],
  ])("give the same account %s", async (_, order) => {
    const ledger = new MemoryLedger();
    for (const file of order(files)) await importPaths(ledger, file);
    expect(ledger.account()).toBe(whole.account());
  });

  it("give the same account when each file arrives in two halves", async () => {
    const folder = join(aFolder(), "projects");
    const ledger = new MemoryLedger();
    for (const part of [0.5, 1]) {
      for (const file of files) {
        const bytes = readFileSync(file);
        write(folder, relative(realpathSync(projects), file), bytes.subarray(0, Math.floor(bytes.byteLength * part)));
      }
      await importPaths(ledger, folder);
    }
    expect(ledger.account()).toBe(whole.account());
  });

  it("are in a ledger on disk as they are in memory, and stay so when it is opened and imported into again", async () => {
    const path = join(aFolder(), "ledger");
    for (const read of [15, 0]) {
      await using ledger = await openLedger(path, { mode: "write", create: true });
      const report = await importClaudeCode({ ledger, paths: [projects], env: {}, home: "/nonexistent" });
      expect(report.files.read).toBe(read);
      const { responses, conflicts } = await ledger.account();
      expect(canonicalJson(responses.toSorted((a, b) => (a.id < b.id ? -1 : 1)))).toBe(whole.account());
      expect(conflicts).toEqual([]);
    }
  });
});
