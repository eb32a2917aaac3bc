import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { LedgerEvent, openLedger } from "@farthing/ledger";
import type { forwardLedger } from "@farthing/ledger/postgres";
import { REPOSITORY } from "./repository.ts";

const DONE_MS = 240_000;

/** What a host is to do. */
export interface HostPlan {
  readonly name: string;
  /** Of its outbox. */
  readonly folder: string;
  readonly url: string;
  readonly events: readonly LedgerEvent[];
  /** How far its clock is ahead. */
  readonly skewMs: number;
}

interface HostParts {
  readonly open: typeof openLedger;
  readonly forward: typeof forwardLedger;
  readonly print: (text: string) => void;
  /** Whether it has been told to record the event in this place. */
  readonly mayRecord: (place: number) => boolean;
}

/**
 * Records events from a place on as far as it is told to, prints how many of them are durable, and ends when all are
 * forwarded.
 *
 * Runs in a process of its own, as text: everything it uses must be a parameter.
 */
async function recordAndForward(
  { open, forward, print, mayRecord }: HostParts,
  plan: HostPlan,
  from: number,
): Promise<void> {
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const now = () => Date.now() + plan.skewMs;
  let next = from;
  // Closed while the server is away, it could not say that nothing waits: it is started once more.
  for (let hasSaidAll = false; !hasSaidAll;) {
    const ledger = await open(plan.folder, { mode: "write", create: true, now });
    const onError = () => {
      hasSaidAll = false;
    };
    const forwarding = await forward(ledger, { url: plan.url, pollMs: 50, now, host: plan.name, onError });
    for (; next < plan.events.length; next += 5) {
      while (!mayRecord(next)) await pause(20);
      for (const event of plan.events.slice(next, next + 5)) ledger.record(event);
      await ledger.flush();
      print(`${String(Math.min(next + 5, plan.events.length))}\n`);
      await pause(40);
    }
    for (let isDone = false; !isDone;) {
      isDone = await forwarding.flush().then(
        () => true,
        () => false,
      );
      if (!isDone) await pause(200);
    }
    hasSaidAll = true;
    // Of forty processes on two processors the last one waits long.
    await forwarding.close(60_000);
    await ledger.close();
  }
}

/** A host: a process that may be killed at any time, and started again. */
export class HostProcess {
  readonly plan: HostPlan;
  #child: ChildProcess | null = null;
  #ended: Promise<unknown> = Promise.resolve();
  /** Events that it was told are durable. */
  durable = 0;
  #errors = "";
  #released = 0;

  constructor(plan: HostPlan) {
    this.plan = plan;
    writeFileSync(`${plan.folder}.plan.json`, JSON.stringify(plan));
  }

  start(): void {
    const moduleOf = (file: string): string =>
      JSON.stringify(pathToFileURL(join(REPOSITORY, "packages/ledger/dist", file)).href);
    const script = `import { readFileSync, writeSync } from "node:fs";
      import { openLedger } from ${moduleOf("index.js")};
      import { forwardLedger } from ${moduleOf("postgres.js")};
      const plan = JSON.parse(readFileSync(${JSON.stringify(`${this.plan.folder}.plan.json`)}, "utf8"));
      let released = ${String(this.#released)};
      process.stdin.setEncoding("utf8").on("data", (text) => (released = Number(text.trim().split("\\n").at(-1))));
      const mayRecord = (place) => place < released;
      const parts = { open: openLedger, forward: forwardLedger, print: (text) => writeSync(1, text), mayRecord };
      await (${recordAndForward.toString()})(parts, plan, ${String(this.durable)});
      process.stdin.destroy();`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "pipe", "pipe"] });
    // Of one that was killed.
    child.stdin.on("error", () => undefined);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.split("\n").slice(0, -1)) this.durable = Math.max(this.durable, Number(line));
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
    this.#child = child;
    this.#ended = once(child, "close");
  }

  /** Lets it record this share of its events. */
  release(share: number): void {
    this.#released = Math.ceil(share * this.plan.events.length);
    this.#child?.stdin?.write(`${String(this.#released)}\n`);
  }

  /** Kills it with SIGKILL. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#ended;
  }

  /** Resolves when everything is forwarded; fails where that takes minutes. */
  async done(): Promise<void> {
    const hasEnded = await Promise.race([this.#ended.then(() => true), wait(DONE_MS, false, { ref: false })]);
    const done = `${String(this.durable)} of ${String(this.plan.events.length)} events are durable`;
    if (!hasEnded) throw new Error(`${this.plan.name} is not done yet: ${done}: ${this.#errors}`);
    if (this.#child?.exitCode !== 0) throw new Error(`${this.plan.name} ended: ${this.#errors}`);
  }
}
