import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { LedgerEvent, openLedger } from "@farthing/ledger";
import { rolldown } from "rolldown";
import { aRequestCompleted } from "./builders.ts";
import { REPOSITORY } from "./repository.ts";
import { outputOf } from "./run-command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** What a writer is to do until it is killed. */
export interface WriterPlan {
  readonly ledger: string;
  /** Begins the ids of its events. */
  readonly name: string;
  /** An event to write; its id is replaced. */
  readonly event: LedgerEvent;
  /** Ids that all writers write. */
  readonly shared: readonly string[];
  readonly segmentBytes: number;
}

/**
 * Appends, records and makes column files without end, and prints the ids of what was acknowledged, each on a line.
 *
 * Runs in a process of its own, as text: everything it uses must be a parameter.
 */
async function writeUntilKilled(
  open: typeof openLedger,
  print: (text: string) => void,
  plan: WriterPlan,
): Promise<void> {
  const { segmentBytes } = plan;
  const ledger = await open(plan.ledger, { mode: "write", create: true, segmentBytes });
  let made = 0;
  const next = (): LedgerEvent => {
    made += 1;
    const shared = made % 5 === 0 ? plan.shared[made % plan.shared.length] : undefined;
    return { ...plan.event, id: shared ?? `${plan.name}-${String(made)}` };
  };
  const write = async (size: number, how: "append" | "record"): Promise<void> => {
    const events = Array.from({ length: size }, next);
    if (how === "append") await ledger.append(events);
    else for (const event of events) ledger.record(event);
    if (how === "record") await ledger.flush();
    print(events.map(({ id }) => `${id}\n`).join(""));
  };
  for (let turn = 1; ; turn += 1) {
    await Promise.all([write(1, "append"), write(3, "append"), write(2, "record")]);
    if (turn % 10 === 0) await ledger.view();
  }
}

/** Where the bundled ledger is, what of it was compiled, and the script that a writer runs. */
const FOLDER = join(REPOSITORY, "test/.generated/killed-writers");
const [LEDGER, COMPILED, SCRIPT] = [join(FOLDER, "ledger.cjs"), join(FOLDER, "compiled"), join(FOLDER, "writer.cjs")];

/** So many times the first writer prints before it is done: it has made columns, too. */
const PRINTS_OF_THE_FIRST = 40;

/**
 * Bundles the ledger into one file and compiles what a writer uses of it, so that every other starts in half the time. Returns
 * the script that a writer runs.
 */
export async function bundleLedger(): Promise<string> {
  const bundle = await rolldown({
    input: join(REPOSITORY, "packages/ledger/dist/open-ledger.js"),
    platform: "node",
    // What only databases, and events that need a schema, would load: none of it is.
    external: [/^node:/, /shared-ledger\.js$/, /schema\.js$/],
  });
  await bundle.write({
    dir: FOLDER,
    entryFileNames: "ledger.cjs",
    format: "cjs",
    cleanDir: true,
    minify: true,
    codeSplitting: false,
  });
  await bundle.close();
  // In ASCII it can be read as Latin 1, which takes a third of the time.
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  writeFileSync(LEDGER, readFileSync(LEDGER, "utf8").replaceAll(/[^\0-\x7f]/g, escaped));
  writeFileSync(
    SCRIPT,
    `const { existsSync, readFileSync, writeFileSync, writeSync } = require("node:fs");
    const { Script } = require("node:vm");
    const [ledger, compiled] = ${JSON.stringify([LEDGER, COMPILED])};
    const isFirst = !existsSync(compiled);
    const script = new Script("(function (exports, require, __filename) {" + readFileSync(ledger, "latin1") + "\\n})", {
      filename: ledger,
      cachedData: isFirst ? undefined : readFileSync(compiled),
    });
    if (script.cachedDataRejected) throw new Error("what the first writer compiled does not fit");
    const { openLedger } = ((exports) => (script.runInThisContext()(exports, require, ledger), exports))({});
    let prints = 0;
    const print = (text) => {
      if (!isFirst) return writeSync(1, text);
      prints += 1;
      if (prints < ${String(PRINTS_OF_THE_FIRST)}) return;
      writeFileSync(compiled, script.createCachedData());
      process.exit();
    };
    (${writeUntilKilled.toString()})(openLedger, print, JSON.parse(process.argv[2]));`,
  );
  const plan: WriterPlan = {
    ledger: join(temporaryFolder(), "ledger"),
    name: "msg:first",
    event: aWritersEvent(),
    shared: ["msg:shared"],
    segmentBytes: 20_000,
  };
  outputOf(process.execPath, [SCRIPT, JSON.stringify(plan)], { cwd: REPOSITORY });
  return SCRIPT;
}

/** A process that writes. */
export class KilledWriter {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #output = "";
  #errors = "";

  /** Starts it, with the script of `bundleLedger`. */
  constructor(script: string, plan: WriterPlan) {
    this.#child = spawn(process.execPath, [script, JSON.stringify(plan)], { stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
  }

  /** Kills it so many milliseconds after it began to write, or after it was started; returns what it was told is kept. */
  async killAfter(delay: { readonly start: number } | { readonly firstWrite: number }): Promise<readonly string[]> {
    const closed = once(this.#child, "close");
    if ("firstWrite" in delay) await Promise.race([once(this.#child.stdout, "data"), closed]);
    await wait("firstWrite" in delay ? delay.firstWrite : delay.start);
    this.#child.kill("SIGKILL");
    const [, signal] = (await closed) as [number | null, string | null];
    if (signal !== "SIGKILL") throw new Error(`a writer ended by itself: ${this.#errors}`);
    return this.#output.split("\n").slice(0, -1);
  }
}

/** A response of about the size that services write. */
export function aWritersEvent(): LedgerEvent {
  return aRequestCompleted({ labels: { note: "x".repeat(400) } });
}
