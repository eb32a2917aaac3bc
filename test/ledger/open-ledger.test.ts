import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  LedgerClosedError,
  LedgerFormatError,
  LedgerNotFoundError,
  LedgerUnavailableError,
  nodeFileSystem,
  openLedger,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { eventsOf } from "../support/describe-event-store.ts";
import { systemError } from "../support/faulty-file-system.ts";
import { pathsIn } from "../support/ledger-files.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

async function aLedger(): Promise<string> {
  const path = join(temporaryFolder(), "ledger");
  await using _ = await openLedger(path, { mode: "write", create: true });
  return path;
}

describe("opening a ledger", () => {
  it("makes one where there is none, if asked to, parent folders included", async () => {
    const path = join(temporaryFolder(), "not", "yet", "there");
    await using ledger = await openLedger(path, { mode: "write", create: true });
    expect(JSON.parse(readFileSync(join(path, "ledger.json"), "utf8"))).toEqual({
      format: "farthing-ledger",
      version: 1,
      id: ledger.id,
      settings: {},
    });
  });

  it("finds the same ledger again", async () => {
    const path = join(temporaryFolder(), "ledger");
    const event = aRequestCompleted();
    const id = await (async () => {
      await using ledger = await openLedger(path, { mode: "write", create: true });
      await ledger.append([event]);
      return ledger.id;
    })();
    await using again = await openLedger(path, { mode: "write", create: true });
    expect(again.id).toBe(id);
    expect(await again.append([event])).toEqual([{ id: event.id, outcome: "exists" }]);
    await using reader = await openLedger(path, { mode: "read" });
    expect(await eventsOf(reader)).toEqual([event]);
  });

  it("to read makes and changes nothing", async () => {
    const path = await aLedger();
    const before = pathsIn(path);
    await using ledger = await openLedger(path, { mode: "read" });
    expect(await eventsOf(ledger)).toEqual([]);
    expect((await ledger.document("checkpoint", { at: 0 })).data).toEqual({ at: 0 });
    await ledger.settings.read();
    expect(pathsIn(path)).toEqual(before);
    await expect(ledger.append([aRequestCompleted()])).rejects.toThrow("to read only");
  });

  it("refuses use after close, and closes twice without complaint", async () => {
    const ledger = await openLedger(await aLedger(), { mode: "write" });
    await ledger.close();
    await ledger.close();
    await expect(ledger.append([])).rejects.toThrow(LedgerClosedError);
    await expect(ledger.account()).rejects.toThrow(LedgerClosedError);
  });
});

describe("what is not a ledger", () => {
  it("is reported as missing where there is nothing, and nothing is made", async () => {
    const folder = temporaryFolder();
    for (const path of [folder, join(folder, "missing")]) {
      for (const mode of ["read", "write"] as const) {
        const opening = openLedger(path, { mode });
        await expect(opening).rejects.toThrow(LedgerNotFoundError);
        await expect(opening).rejects.toThrow(`${path}: there is no ledger here`);
      }
    }
    expect(pathsIn(folder)).toEqual([]);
  });

  it("is refused where a folder holds other things, and stays as it is", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "thesis.txt"), "");
    for (const mode of ["read", "write"] as const) {
      const opening = openLedger(folder, { mode, create: mode === "write" });
      await expect(opening).rejects.toThrow(LedgerFormatError);
      await expect(opening).rejects.toThrow("is not a ledger: it has no ledger.json");
    }
    expect(pathsIn(folder)).toEqual(["thesis.txt"]);
  });

  it("is refused where the path is a file", async () => {
    const path = join(temporaryFolder(), "file");
    writeFileSync(path, "");
    await expect(openLedger(path, { mode: "read" })).rejects.toThrow("is a file, not the folder of a ledger");
    await expect(openLedger(path, { mode: "write", create: true })).rejects.toThrow(LedgerFormatError);
  });

  it.each([
    [
      "of a newer format",
      '{"format":"farthing-ledger","version":2,"id":"x","settings":{}}',
      /newer release.*version 2.*update farthing/,
    ],
    ["that is not JSON", '{"format":"farthing', /ledger\.json: is damaged .*restore it from a copy/],
    ["of something else", '{"name":"ledger"}', /is not the manifest of a ledger/],
    ["without an id", '{"format":"farthing-ledger","version":1,"settings":{}}', /is damaged/],
  ])("is refused where ledger.json is one %s, to read and to write", async (_, text, message) => {
    const path = await aLedger();
    writeFileSync(join(path, "ledger.json"), text);
    for (const mode of ["read", "write"] as const) {
      const opening = openLedger(path, { mode });
      await expect(opening).rejects.toThrow(LedgerFormatError);
      await expect(opening).rejects.toThrow(message);
    }
    expect(pathsIn(path)).toEqual(["ledger.json", "segments", "writers"]);
  });
});

describe("what the operating system refuses", () => {
  const isRoot = process.getuid?.() === 0;

  it.skipIf(isRoot)(
    `is reported for a folder that may not be read${isRoot ? " (skipped: root may read all)" : ""}`,
    async () => {
      const path = await aLedger();
      chmodSync(path, 0);
      try {
        await expect(openLedger(path, { mode: "read" })).rejects.toThrow(LedgerUnavailableError);
      } finally {
        chmodSync(path, 0o755);
      }
    },
  );

  it("is reported with the path and what to do", async () => {
    const path = await aLedger();
    const fileSystem = { ...nodeFileSystem, list: () => Promise.reject(systemError("EACCES")) };
    const opening = openLedger(path, { mode: "read", fileSystem });
    await expect(opening).rejects.toThrow(LedgerUnavailableError);
    await expect(opening).rejects.toThrow(`${path}: permission denied; let this user read`);
  });

  it("is reported when a segment cannot be opened", async () => {
    const path = await aLedger();
    mkdirSync(join(path, "segments", "abc-00000001.ndjson"), { recursive: true });
    await using ledger = await openLedger(path, { mode: "read" });
    await expect(ledger.account()).rejects.toThrow(LedgerUnavailableError);
    await expect(ledger.account()).rejects.toThrow("abc-00000001.ndjson: ");
  });
});
