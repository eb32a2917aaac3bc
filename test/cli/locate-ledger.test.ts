import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { InputError, UsageError } from "../../packages/advisor/src/cli/command-errors.ts";
import {
  databaseUrl,
  ledgersIfAny,
  ledgersToRead,
  ledgerToWrite,
} from "../../packages/advisor/src/cli/flags/locate-ledger.ts";
import type { CommandIo } from "../../packages/advisor/src/cli/io.ts";
import { emptyFolder } from "../support/run-cli.ts";

function places(env: Readonly<Record<string, string>> = {}): CommandIo {
  const nowhere = { write: () => undefined };
  const io = { stdout: nowhere, stderr: nowhere, stdin: Readable.from([]), now: () => 0 };
  return { ...io, env, cwd: emptyFolder(), home: emptyFolder() };
}

describe("the ledger of a command", () => {
  it("is what --ledger names, each once, before everything else", async () => {
    const here = places({ FARTHING_LEDGER: "/from/env" });
    expect(await ledgersToRead(["a", "/b", "./a"], here)).toEqual([join(here.cwd, "a"), "/b"]);
  });

  it("is what FARTHING_LEDGER names, where no flag does", async () => {
    const here = places({ FARTHING_LEDGER: "/from/env" });
    mkdirSync(join(here.cwd, ".farthing"));
    expect(await ledgersToRead([], here)).toEqual(["/from/env"]);
  });

  it("is .farthing in this folder or the nearest above, where nothing names one", async () => {
    const here = places();
    const below = join(here.cwd, "a", "b");
    mkdirSync(below, { recursive: true });
    mkdirSync(join(here.cwd, ".farthing"));
    expect(await ledgersToRead([], { ...here, cwd: below })).toEqual([join(here.cwd, ".farthing")]);
    mkdirSync(join(here.cwd, "a", ".farthing"));
    expect(await ledgersToRead([], { ...here, cwd: below })).toEqual([join(here.cwd, "a", ".farthing")]);
  });

  it("is in the user data folder at last", async () => {
    const here = places();
    const ledger = join(here.home, ".local", "share", "farthing");
    mkdirSync(ledger, { recursive: true });
    expect(await ledgersToRead([], here)).toEqual([ledger]);
    const moved = { ...here, env: { XDG_DATA_HOME: join(here.home, "data") } };
    expect(await ledgersIfAny([], moved)).toEqual([]);
    expect(ledgerToWrite([], moved)).toBe(join(here.home, "data", "farthing"));
  });

  it("is missing with advice, for reading, and the user's own, for writing", async () => {
    const here = places();
    await expect(ledgersToRead([], here)).rejects.toThrow(InputError);
    await expect(ledgersToRead([], here)).rejects.toThrow(/farthing import claude-code/);
    expect(ledgerToWrite([], here)).toBe(join(here.home, ".local", "share", "farthing"));
  });

  it("is one, for writing", () => {
    expect(() => ledgerToWrite(["a", "b"], places())).toThrow(UsageError);
  });

  it("is at a URL in a PostgreSQL database alone, and no message has its password", async () => {
    const url = "mysql://user:secret@host/ledger";
    for (const finding of [
      ledgersToRead([url], places()),
      ledgersToRead([], places({ FARTHING_LEDGER: url })),
      ledgersToRead(["postgres://user:secret@127.0.0.1:1/ledger"], places()),
    ]) {
      const error: unknown = await finding.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect(inspect(error)).not.toContain("secret");
    }
    await expect(ledgersToRead([url], places())).rejects.toThrow(/no ledgers at mysql:\/\//);
  });

  it("is named without user and password, where it is written to in a database", () => {
    const here = places();
    const url = "postgres://user:secret@host:5433/ledger?sslmode=require";
    expect(ledgerToWrite([url], here)).toBe("postgres://host:5433/ledger");
    expect(databaseUrl("postgres://host:5433/ledger", here)).toBe(url);
    expect(databaseUrl("/a/folder", here)).toBe(null);
  });
});
