import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../support/repository.ts";
import { runCli } from "../support/run-cli.ts";
import { commandReference, commandTree } from "./command-reference.ts";

const FILE = join(REPOSITORY, "docs/reference/commands.md");
const commands = commandTree().slice(1);

describe("the reference of commands", () => {
  it("is what the command line says of itself; else run the package script `reference`", () => {
    const written = commandReference();
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(FILE, written);
    expect(readFileSync(FILE, "utf8")).toBe(written);
  });

  it("has beside --now, in the table of flags of several commands, each that takes it", () => {
    const commandLine = readFileSync(join(REPOSITORY, "docs/reference/command-line.md"), "utf8");
    const told = (/^\| `--now TIME` \| ([^|]+) \|/m.exec(commandLine)?.[1] ?? "").split(", ");
    const taking = commands.filter(({ command }) => command.options.some(({ long }) => long === "--now"));
    const names = taking.map(({ name }) => name.replace("farthing ", ""));
    const isTold = (name: string): boolean => told.some((each) => name === each || name.startsWith(`${each} `));
    expect(names.filter((name) => !isTold(name))).toEqual([]);
  });

  it("leaves no command without a word on what it prints", () => {
    const commandLine = readFileSync(join(REPOSITORY, "docs/reference/command-line.md"), "utf8");
    expect(commands.filter(({ name }) => !commandLine.includes(name)).map(({ name }) => name)).toEqual([]);
  });
});

describe("the help of every command", () => {
  it("has an example", () => {
    const without = commands.filter(({ after, command }) => !/^Examples?: farthing /m.test(after) && isRun(command));
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it("says whether the ledger is a folder or in a database, where it cannot be the other", () => {
    const afterOf = (command: string): string | undefined => commands.find(({ name }) => name === command)?.after;
    expect(afterOf("farthing forward")).toMatch(/^--ledger is a folder/);
    for (const name of ["migrate", "rollup"]) {
      expect(afterOf(`farthing ${name}`)).toMatch(/^--ledger is a postgres:\/\/ URL/);
    }
  });

  it("keeps within 80 columns", async () => {
    for (const { name } of commandTree()) {
      const { exitCode, stdout } = await runCli([...name.split(" ").slice(1), "--help"]);
      expect(exitCode).toBe(0);
      expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    }
  });

  it("describes every option and every command", () => {
    for (const { name, command } of commands) {
      expect(command.description(), name).not.toBe("");
      for (const { flags, description } of command.options) expect(description, `${name} ${flags}`).not.toBe("");
    }
  });
});

describe("what is mistyped", () => {
  it("is answered with the command that was meant, at every depth", async () => {
    // A word behind `prices` is a model.
    for (const { name } of commands.filter((each) => each.name !== "farthing prices set")) {
      const words = name.split(" ").slice(1);
      const last = words.at(-1) ?? "";
      const mistyped = [...words.slice(0, -1), `${last.slice(0, -1)}q${last.slice(-1)}`];
      const { exitCode, stdout, stderr } = await runCli(mistyped);
      expect([exitCode, stdout], mistyped.join(" ")).toEqual([2, ""]);
      expect(stderr, mistyped.join(" ")).toMatch(new RegExp(`Did you mean (one of )?.*\\b${last}\\b`));
    }
  });

  it("is answered with the option that was meant, of every command", async () => {
    for (const { name, command } of commands) {
      const needed = command.options.filter(({ mandatory }) => mandatory);
      const given = needed.flatMap(({ long, argChoices }) => [long ?? "", argChoices?.[0] ?? "x"]);
      for (const { long } of command.options) {
        const mistyped = `${long ?? ""}q`;
        const { exitCode, stderr } = await runCli([...name.split(" ").slice(1), ...given, mistyped]);
        expect(exitCode, `${name} ${mistyped}`).toBe(2);
        expect(stderr, `${name} ${mistyped}`).toMatch(new RegExp(`Did you mean (one of )?.*${long ?? ""}\\b`));
      }
    }
  });
});

/** Whether it does something itself, rather than lead to other commands. */
function isRun({
  commands: inner,
  registeredArguments,
}: {
  commands: readonly unknown[];
  registeredArguments: readonly unknown[];
}): boolean {
  return inner.length === 0 || registeredArguments.length > 0;
}
