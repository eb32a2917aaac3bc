import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { LedgerEvent, openLedger } from "@farthing/ledger";
import { rolldown } from "rolldown";
import { aRequestCompleted } from "./builders.ts";
import { REPOSITORY } from "./repository.ts";

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

/**
 * Bundles the ledger, so that a writer starts in a third of the time, into a folder inside the repository, whose packages it
 * finds there. Returns the module to import.
 */
export async function bundleLedger(): Promise<string> {
  const bundle = await rolldown({
    input: join(REPOSITORY, "packages/ledger/dist/index.js"),
    platform: "node",
    external: [/^node:/, /^zod/],
  });
  await bundle.write({
    dir: join(REPOSITORY, "test/.generated/killed-writers"),
    format: "esm",
    cleanDir: true,
    // Read anew by every writer.
    minify: true,
  });
  await bundle.close();
  return pathToFileURL(join(REPOSITORY, "test/.generated/killed-writers/index.js")).href;
}

/** A process that writes. */
export class KilledWriter {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #output = "";
  #errors = "";

  /** Starts it, with the ledger's code at `index`. */
  constructor(index: string, plan: WriterPlan) {
    const script = `import { writeSync } from "node:fs";
      import { openLedger } from ${JSON.stringify(index)};
      const print = (text) => writeSync(1, text);
      await (${writeUntilKilled.toString()})(openLedger, print, ${JSON.stringify(plan)});`;
    this.#child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "pipe"] });
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
