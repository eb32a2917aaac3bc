import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputError, UsageError } from "../../packages/advisor/src/cli/command-errors.ts";
import { ledgersIfAny, ledgersToRead, ledgerToWrite } from "../../packages/advisor/src/cli/flags/locate-ledger.ts";
import { emptyFolder } from "../support/run-cli.ts";

function places(env: Readonly<Record<string, string>> = {}): {
  env: Readonly<Record<string, string>>;
  cwd: string;
  home: string;
} {
  return { env, cwd: emptyFolder(), home: emptyFolder() };
}

describe("the ledger of a command", () => {
  it("is what --ledger names, each once, before everything else", () => {
    const here = places({ FARTHING_LEDGER: "/from/env" });
    expect(ledgersToRead(["a", "/b", "./a"], here)).toEqual([join(here.cwd, "a"), "/b"]);
  });

  it("is what FARTHING_LEDGER names, where no flag does", () => {
    const here = places({ FARTHING_LEDGER: "/from/env" });
    mkdirSync(join(here.cwd, ".farthing"));
    expect(ledgersToRead([], here)).toEqual(["/from/env"]);
  });

  it("is .farthing in this folder or the nearest above, where nothing names one", () => {
    const here = places();
    const below = join(here.cwd, "a", "b");
    mkdirSync(below, { recursive: true });
    mkdirSync(join(here.cwd, ".farthing"));
    expect(ledgersToRead([], { ...here, cwd: below })).toEqual([join(here.cwd, ".farthing")]);
    mkdirSync(join(here.cwd, "a", ".farthing"));
    expect(ledgersToRead([], { ...here, cwd: below })).toEqual([join(here.cwd, "a", ".farthing")]);
  });

  it("is in the user data folder at last", () => {
    const here = places();
    const ledger = join(here.home, ".local", "share", "farthing");
    mkdirSync(ledger, { recursive: true });
    expect(ledgersToRead([], here)).toEqual([ledger]);
    const moved = { ...here, env: { XDG_DATA_HOME: join(here.home, "data") } };
    expect(ledgersIfAny([], moved)).toEqual([]);
    expect(ledgerToWrite([], moved)).toBe(join(here.home, "data", "farthing"));
  });

  it("is missing with advice, for reading, and the user's own, for writing", () => {
    const here = places();
    expect(() => ledgersToRead([], here)).toThrow(InputError);
    expect(() => ledgersToRead([], here)).toThrow(/farthing import claude-code/);
    expect(ledgerToWrite([], here)).toBe(join(here.home, ".local", "share", "farthing"));
  });

  it("is one, for writing", () => {
    expect(() => ledgerToWrite(["a", "b"], places())).toThrow(UsageError);
  });

  it("is not at a URL yet, and the message keeps its password to itself", () => {
    const url = "postgres://user:secret@host/ledger";
    for (const find of [
      () => ledgersToRead([url], places()),
      () => ledgersToRead([], places({ FARTHING_LEDGER: url })),
    ]) {
      expect(find).toThrow(/not available yet/);
      expect(find).not.toThrow(/secret/);
    }
  });
});
