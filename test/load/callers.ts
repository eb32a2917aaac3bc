import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { REPOSITORY } from "../support/repository.ts";
import { KINDS, type Kind } from "./mixed-api.ts";

export interface CallerOptions {
  readonly url: string;
  /** Of the ledger. */
  readonly path: string;
  /** The number of its first call. */
  readonly first: number;
  readonly count: number;
  readonly atOnce: number;
  readonly recordQueue?: { readonly events: number };
  /** After so many calls it says so and waits to be told to go on; 0 is before the first. */
  readonly haltAfter?: number;
}

/** A process that makes calls with a client attached to a ledger. */
export interface Caller {
  /** Resolves when it has halted. */
  readonly halted: Promise<void>;
  goOn(): void;
  /** What it saw of each call by its number, when it has ended. */
  readonly seen: Promise<Readonly<Record<string, string>>>;
}

export function startCaller(options: CallerOptions): Caller {
  const args = [join(REPOSITORY, "test/load/caller.js"), JSON.stringify(options)];
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(process.execPath, args, {
    cwd: REPOSITORY,
    stdio: ["pipe", "pipe", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let halt = (): void => undefined;
  const halted = new Promise<void>((resolve) => {
    halt = resolve;
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    printed += chunk;
    if (printed.startsWith("halted\n")) halt();
  });
  child.stdin.on("error", () => undefined);
  const seen = Promise.all([text(child.stderr), once(child, "close")]).then(([errors, ended]) => {
    const line = printed.trimEnd().split("\n").at(-1) ?? "";
    if (!line.startsWith("{")) throw new Error(`a caller ended without a result: ${JSON.stringify(ended)} ${errors}`);
    return JSON.parse(line) as Readonly<Record<string, string>>;
  });
  // Heard when it is awaited, also where the process ends before.
  seen.catch(() => undefined);
  return {
    halted,
    goOn() {
      child.stdin.end("\n");
    },
    seen,
  };
}

/** What a caller sees of each kind of call, by an SDK with or without Farthing. */
const SEEN: Readonly<Record<Kind, RegExp>> = {
  answered: /^answered \d+$/,
  streamed: /^streamed 20 \d+$/,
  "left early": /^streamed 3 null$/,
  // What had arrived before the signal may still be read.
  aborted: /^streamed \d+ (null|\d+)$/,
  refused: /^BadRequestError 400$/,
  "overloaded twice": /^answered \d+$/,
  "broken off once": /^answered \d+$/,
  "cut off": /^streamed 20 null$/,
  "timed out": /^APIConnectionTimeoutError$/,
};

/** The calls of which their caller saw something else than it should have. */
export function disturbed(seen: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(seen).flatMap(([call, what]) => {
    const kind = KINDS[Number(call) % KINDS.length] ?? "answered";
    return SEEN[kind].test(what) ? [] : [`${call} (${kind}): ${what}`];
  });
}
