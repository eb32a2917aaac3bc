import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { importEvents } from "@farthing/adapters/events";
import {
  InvalidKeyError,
  isLabelToken,
  labelToken,
  LedgerFormatError,
  nodeFileSystem,
  openLedger,
  parseKey,
  type Ledger,
  type OpenLedgerOptions,
} from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { systemError } from "../support/faulty-file-system.ts";
import { anOutcomeRecorded, aRequestCompleted, aRequestFailed } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const KEY_TEXT = "0123456789abcdef".repeat(4);

/** A new ledger in which the label `user` is personal. */
async function aLedgerOfUsers(options: Partial<OpenLedgerOptions> = {}): Promise<Ledger> {
  const ledger = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true, ...options });
  await ledger.settings.patch({ personalLabels: ["user"] });
  return ledger;
}

async function recordedUsers(ledger: Ledger): Promise<string[]> {
  const users: string[] = [];
  for await (const { event } of ledger.read()) {
    if ("labels" in event) users.push((event.labels as Readonly<Record<string, string>>)["user"] ?? "");
  }
  return users;
}

function bytesIn(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")).join("\n");
}

describe("a personal label", () => {
  it("is in no file of the ledger, whatever it was recorded with", async () => {
    const ledger = await aLedgerOfUsers();
    await ledger.append([
      aRequestCompleted({ labels: { user: "alice@example.org", team: "search" } }),
      aRequestFailed({ labels: { user: "alice@example.org" } }),
      anOutcomeRecorded({ labels: { user: "alice@example.org" } }),
    ]);
    ledger.record(aRequestCompleted({ id: "msg:2", labels: { user: "alice@example.org" } }));
    const line = { at: "2026-11-20T10:00:00Z", messageId: "msg_9", model: "claude-opus-5", usage: { input_tokens: 1 } };
    const text = `${JSON.stringify({ ...line, labels: { user: "alice@example.org" } })}\n`;
    const { outcomes, skipped } = await importEvents({
      ledger,
      lines: Readable.from([Buffer.from(text)]),
      name: "events.ndjson",
    });
    expect([outcomes.appended, skipped.examples]).toEqual([1, []]);
    await ledger.close();
    expect(bytesIn(ledger.path)).not.toContain("alice");
    expect(bytesIn(ledger.path)).toContain("search");
    const [token, ...others] = new Set(await recordedUsers(await openLedger(ledger.path, { mode: "read" })));
    expect([isLabelToken(token ?? ""), others]).toEqual([true, []]);
  });

  it("is found again by the token of its value", async () => {
    const ledger = await aLedgerOfUsers({ key: KEY_TEXT });
    const token = labelToken("user", "alice", parseKey(KEY_TEXT));
    expect(await ledger.labelToken("user", "alice")).toBe(token);
    expect(await ledger.labelToken("user", token)).toBe(token);
    expect(await ledger.labelToken("team", "alice")).toBe("alice");
    await ledger.close();
  });

  it("cannot be looked for where the key is not", async () => {
    const ledger = await aLedgerOfUsers({ key: KEY_TEXT });
    await ledger.close();
    const elsewhere = await openLedger(ledger.path, { mode: "read" });
    expect(await elsewhere.labelToken("user", "alice")).toBeNull();
  });

  it("keeps the values of events that were recorded before it was personal", async () => {
    const ledger = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true });
    await ledger.append([aRequestCompleted({ id: "msg:1", labels: { user: "alice" } })]);
    await ledger.settings.patch({ personalLabels: ["user"] });
    await ledger.append([aRequestCompleted({ id: "msg:2", labels: { user: "alice" } })]);
    await ledger.close();
    const [before = "", after = ""] = await recordedUsers(await openLedger(ledger.path, { mode: "read" }));
    expect([before, isLabelToken(after)]).toEqual(["alice", true]);
  });

  it("is one of every process that opens the ledger later", async () => {
    const ledger = await aLedgerOfUsers();
    await ledger.append([aRequestCompleted({ id: "msg:1", labels: { user: "alice" } })]);
    await ledger.close();
    const again = await openLedger(ledger.path, { mode: "write" });
    await again.append([aRequestCompleted({ id: "msg:2", labels: { user: "alice" } })]);
    await again.close();
    const users = await recordedUsers(await openLedger(ledger.path, { mode: "read" }));
    expect([users.length, new Set(users).size, isLabelToken(users[0] ?? "")]).toEqual([2, 1, true]);
  });

  it("stops a ledger from being written to where the setting that names it is damaged", async () => {
    const ledger = await aLedgerOfUsers();
    await ledger.close();
    const manifest = join(ledger.path, "ledger.json");
    writeFileSync(
      manifest,
      readFileSync(manifest, "utf8").replace(/"personalLabels": \[[^\]]*\]/, '"personalLabels": 1'),
    );
    await expect(openLedger(ledger.path, { mode: "write" })).rejects.toBeInstanceOf(LedgerFormatError);
    await (await openLedger(ledger.path, { mode: "read" })).close();
  });
});

describe("the key of a ledger", () => {
  it("is made when it is first needed, for its owner's eyes only", async () => {
    const ledger = await openLedger(join(temporaryFolder(), "ledger"), { mode: "write", create: true });
    expect(readdirSync(ledger.path)).not.toContain("key");
    await ledger.settings.patch({ personalLabels: ["user"] });
    expect(readFileSync(join(ledger.path, "key"), "latin1")).toMatch(/^[0-9a-f]{64}\n$/);
    if (process.platform !== "win32") expect(statSync(join(ledger.path, "key")).mode & 0o777).toBe(0o600);
    expect(readdirSync(ledger.path).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    await ledger.close();
  });

  it("is one, though several processes make it at once", async () => {
    const path = join(temporaryFolder(), "ledger");
    await (await openLedger(path, { mode: "write", create: true })).close();
    let made = 0;
    const newKey = (): Uint8Array => Buffer.alloc(32, ++made);
    const { openKeyFile } = await import("../../packages/ledger/src/store/file/key-file.ts");
    const keys = await Promise.all([1, 2, 3, 4].map(() => openKeyFile(path, nodeFileSystem, newKey)));
    expect([made, new Set(keys.map(({ id }) => id)).size]).toEqual([4, 1]);
    expect(readdirSync(path).filter((name) => name.startsWith("key"))).toEqual(["key"]);
  });

  it("is never in an event, but for its id", async () => {
    const ledger = await aLedgerOfUsers();
    await ledger.append([aRequestCompleted({ labels: { user: "alice" } })]);
    await ledger.close();
    const text = readFileSync(join(ledger.path, "key"), "latin1").trim();
    rmSync(join(ledger.path, "key"));
    expect(bytesIn(ledger.path)).toContain(`"~${parseKey(text).id}.`);
    expect(bytesIn(ledger.path)).not.toContain(text);
  });

  it("can be given, so that ledgers of several hosts have one token for one value", async () => {
    const tokens: string[] = [];
    for (const value of ["alice", "alice"]) {
      const ledger = await aLedgerOfUsers({ key: KEY_TEXT });
      await ledger.append([aRequestCompleted({ labels: { user: value } })]);
      expect(readdirSync(ledger.path)).not.toContain("key");
      tokens.push(...(await recordedUsers(ledger)));
      await ledger.close();
    }
    expect(new Set(tokens)).toEqual(new Set([labelToken("user", "alice", parseKey(KEY_TEXT))]));
  });

  it("is refused where it is none, given or in its file", async () => {
    const path = join(temporaryFolder(), "ledger");
    await expect(openLedger(path, { mode: "write", create: true, key: "alice" })).rejects.toBeInstanceOf(
      InvalidKeyError,
    );
    const ledger = await aLedgerOfUsers();
    await ledger.close();
    writeFileSync(join(ledger.path, "key"), "");
    await expect(openLedger(ledger.path, { mode: "write" })).rejects.toBeInstanceOf(LedgerFormatError);
  });

  it("that cannot be written leaves the setting as it was", async () => {
    const path = join(temporaryFolder(), "ledger");
    const fileSystem: typeof nodeFileSystem = {
      ...nodeFileSystem,
      open: (file, how) =>
        how === "create-private" ? Promise.reject(systemError("ENOSPC")) : nodeFileSystem.open(file, how),
    };
    const ledger = await openLedger(path, { mode: "write", create: true, fileSystem });
    await expect(ledger.settings.patch({ personalLabels: ["user"] })).rejects.toThrow("no space left");
    expect(await ledger.settings.read()).toMatchObject({ personalLabels: [] });
    await ledger.close();
  });
});

describe("the key that prompts are fingerprinted with", () => {
  it("is made once, for its owner alone to read, and is the same for every process", async () => {
    const path = join(temporaryFolder(), "ledger");
    const ledger = await openLedger(path, { mode: "write", create: true });
    const { id } = await ledger.fingerprintKey();
    expect(statSync(join(path, "key")).mode & 0o777).toBe(0o600);
    const other = await openLedger(path, { mode: "write" });
    expect((await other.fingerprintKey()).id).toBe(id);
    await Promise.all([ledger.close(), other.close()]);
  });

  it("is the one that was given, of which nothing is stored", async () => {
    const path = join(temporaryFolder(), "ledger");
    const ledger = await openLedger(path, { mode: "write", create: true, key: KEY_TEXT });
    expect((await ledger.fingerprintKey()).id).toBe(parseKey(KEY_TEXT).id);
    expect(readdirSync(path)).not.toContain("key");
    await ledger.close();
  });
});
