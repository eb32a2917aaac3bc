import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  DEFAULT_SETTINGS,
  InvalidSettingError,
  LedgerFormatError,
  nodeFileSystem,
  openDocument,
  openLedger,
  type LedgerSettings,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { faultyFileSystem } from "../support/faulty-file-system.ts";
import { pathsIn } from "../support/ledger-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("a document", () => {
  it("has its initial value until it is written, and makes no file before", async () => {
    const folder = temporaryFolder();
    const path = join(folder, "document.json");
    const document = await openDocument<{ count: number }>(path, { count: 0 });
    expect(document.data).toEqual({ count: 0 });
    expect(pathsIn(folder)).toEqual([]);
    await document.write({ count: 1 });
    expect(document.data).toEqual({ count: 1 });
    expect((await openDocument(path, { count: 0 })).data).toEqual({ count: 1 });
    expect(pathsIn(folder)).toEqual(["document.json"]);
  });

  it("holds the last of several writes made at once", async () => {
    const path = join(temporaryFolder(), "document.json");
    const document = await openDocument(path, 0);
    await Promise.all([1, 2, 3].map((value) => document.write(value)));
    expect(JSON.parse(readFileSync(path, "utf8"))).toBe(3);
  });

  it("keeps its old value, in memory and on disk, when a write fails half-way", async () => {
    const path = join(temporaryFolder(), "document.json");
    const fileSystem = faultyFileSystem(".tmp", []);
    const document = await openDocument(path, { text: "" }, { fileSystem });
    await document.write({ text: "old" });
    const failing = await openDocument(
      path,
      { text: "" },
      { fileSystem: faultyFileSystem(".tmp", [{ fails: "ENOSPC", after: 3 }]) },
    );
    await expect(failing.write({ text: "new" })).rejects.toThrow("document.json: no space left");
    expect(failing.data).toEqual({ text: "old" });
    expect((await openDocument(path, { text: "" })).data).toEqual({ text: "old" });
    await failing.write({ text: "newer" });
    expect((await openDocument(path, { text: "" })).data).toEqual({ text: "newer" });
  });

  it("is on disk, name included, before its write resolves", async () => {
    const steps: string[] = [];
    const fileSystem = {
      ...nodeFileSystem,
      async open(...[path, how]: Parameters<typeof nodeFileSystem.open>) {
        const file = await nodeFileSystem.open(path, how);
        return {
          ...file,
          append: (bytes: Uint8Array) => (steps.push("write"), file.append(bytes)),
          sync: () => (steps.push("sync"), file.sync()),
        };
      },
      rename: (from: string, to: string) => (steps.push("rename"), nodeFileSystem.rename(from, to)),
      syncFolder: (path: string) => (steps.push("sync folder"), nodeFileSystem.syncFolder(path)),
    };
    const document = await openDocument(join(temporaryFolder(), "document.json"), 0, { fileSystem });
    await document.write(1);
    expect(steps).toEqual(["write", "sync", "rename", "sync folder"]);
  });

  it("that is not JSON is refused with its path", async () => {
    const path = join(temporaryFolder(), "document.json");
    writeFileSync(path, '{"count":');
    await expect(openDocument(path, {})).rejects.toThrow(LedgerFormatError);
    await expect(openDocument(path, {})).rejects.toThrow(`${path}: is damaged`);
  });

  it("of a ledger that is not JSON can be deleted: it is made again", async () => {
    const path = join(temporaryFolder(), "ledger");
    await using ledger = await openLedger(path, { mode: "write", create: true });
    await (await ledger.document("claude-code", {})).write({ files: 3 });
    const file = join(path, "checkpoints", "claude-code.json");
    writeFileSync(file, '{"files":');
    await expect(ledger.document("claude-code", {})).rejects.toThrow(/is damaged \(.*\); delete it/);
  });

  it("of a ledger lies in its folder and outlives it", async () => {
    const path = join(temporaryFolder(), "ledger");
    {
      await using ledger = await openLedger(path, { mode: "write", create: true });
      await (await ledger.document("claude-code", {})).write({ files: 3 });
      await expect(ledger.document("../escape", {})).rejects.toThrow("fit for a file name");
    }
    expect(JSON.parse(readFileSync(join(path, "checkpoints", "claude-code.json"), "utf8"))).toEqual({ files: 3 });
    await using reader = await openLedger(path, { mode: "read" });
    const document = await reader.document<{ files?: number }>("claude-code", {});
    expect(document.data).toEqual({ files: 3 });
    await expect(document.write({})).rejects.toThrow("to read only");
  });
});

describe("settings", () => {
  it("have defaults, are changed one by one, and are found again", async () => {
    const path = join(temporaryFolder(), "ledger");
    {
      await using ledger = await openLedger(path, { mode: "write", create: true });
      expect(await ledger.settings.read()).toEqual(DEFAULT_SETTINGS);
      await ledger.settings.patch({ billing: { "claude-code": "subscription" } });
      await ledger.settings.patch({
        billing: { anthropic: "per-token" },
        discountPercent: "12.5",
        timeZone: "Europe/Berlin",
      });
    }
    await using reader = await openLedger(path, { mode: "read" });
    expect(await reader.settings.read()).toEqual({
      ...DEFAULT_SETTINGS,
      billing: { "claude-code": "subscription", anthropic: "per-token" },
      discountPercent: "12.5",
      timeZone: "Europe/Berlin",
    });
    await expect(reader.settings.patch({ timeZone: "UTC" })).rejects.toThrow("to read only");
  });

  it.each<[string, Partial<Record<keyof LedgerSettings, unknown>>]>([
    ["billing.x", { billing: { x: "free" } }],
    ["discountPercent", { discountPercent: "101" }],
    ["discountPercent", { discountPercent: "-1" }],
    ["discountPercent", { discountPercent: 5 }],
    ["monthlyCommitmentUsd", { monthlyCommitmentUsd: "1e3" }],
    ["monthlyCommitmentUsd", { monthlyCommitmentUsd: "-1" }],
    ["currency", { currency: { code: "euro", perUsd: "0.92" } }],
    ["currency", { currency: { code: "EUR", perUsd: "0" } }],
    ["currency", { currency: "EUR=0.92" }],
    ["timeZone", { timeZone: "Mars/Olympus" }],
  ])("refuse a value that %s cannot have, and stay as they are", async (setting, changes) => {
    const path = join(temporaryFolder(), "ledger");
    await using ledger = await openLedger(path, { mode: "write", create: true });
    const patching = ledger.settings.patch(changes as Partial<LedgerSettings>);
    await expect(patching).rejects.toThrow(InvalidSettingError);
    await expect(patching).rejects.toMatchObject({ setting });
    expect(await ledger.settings.read()).toEqual(DEFAULT_SETTINGS);
  });

  it("keep what a newer release wrote among them", async () => {
    const path = join(temporaryFolder(), "ledger");
    {
      await using ledger = await openLedger(path, { mode: "write", create: true });
      await ledger.close();
    }
    const manifestPath = join(path, "ledger.json");
    const manifest = JSON.parse(readFileSync(manifestPath, "utf8"));
    writeFileSync(manifestPath, JSON.stringify({ ...manifest, settings: { colour: "red" } }));
    await using ledger = await openLedger(path, { mode: "write" });
    await ledger.settings.patch({ timeZone: "UTC" });
    expect(JSON.parse(readFileSync(manifestPath, "utf8")).settings).toMatchObject({ colour: "red", timeZone: "UTC" });
  });

  it("that were edited by hand into nonsense are refused with the file", async () => {
    const path = join(temporaryFolder(), "ledger");
    {
      await using ledger = await openLedger(path, { mode: "write", create: true });
      await ledger.close();
    }
    const manifestPath = join(path, "ledger.json");
    writeFileSync(manifestPath, '{"format":"farthing-ledger","version":1,"id":"x","settings":{"timeZone":7}}');
    await using reader = await openLedger(path, { mode: "read" });
    await expect(reader.settings.read()).rejects.toThrow(/ledger\.json: setting timeZone: /);
  });
});
