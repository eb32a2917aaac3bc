import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import Anthropic from "@anthropic-ai/sdk";
import { attach, label } from "@farthing/adapters/anthropic";
import { isEventOf, openLedger, type LedgerEvent } from "@farthing/ledger";
import { expect, it, onTestFinished } from "vitest";
import { eventsOf } from "../support/describe-event-store.ts";
import { faultyFileSystem, type WriteFault } from "../support/faulty-file-system.ts";
import { describeInFullRun } from "../support/full-run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { accountFor } from "./account-for.ts";
import { disturbed, startCaller } from "./callers.ts";
import { KINDS, openMixedApi } from "./mixed-api.ts";

/** How many events the ledger says that it could not record. */
function dropped(events: readonly LedgerEvent[]): number {
  return events.filter((event) => isEventOf(event, "EventsDropped")).reduce((sum, { count }) => sum + count, 0);
}

it("a disk that is full half-way through leaves calls as they are, and what it cost the ledger is recorded", async () => {
  await using api = await openMixedApi();
  const faults: WriteFault[] = [];
  const path = join(temporaryFolder(), "ledger");
  await using ledger = await openLedger(path, {
    mode: "write",
    create: true,
    fileSystem: faultyFileSystem(".ndjson", faults),
    recordQueue: { events: 5 },
    onError: () => undefined,
  });
  const client = attach(new Anthropic({ apiKey: "sk-ant-test", baseURL: api.urls[0] ?? null }), ledger);
  const makeCalls = async (first: number): Promise<number[]> => {
    const calls = Array.from({ length: 20 }, (_, index) => (first + index) * KINDS.length);
    const answers = await Promise.all(
      calls.map((call) =>
        client.messages.create(
          { model: "claude-sonnet-5", max_tokens: 64, messages: [{ role: "user", content: "Good day." }] },
          { headers: { "x-call": String(call) }, middleware: [label({ call: String(call) })] },
        ),
      ),
    );
    return answers.map(({ usage }) => usage.output_tokens);
  };
  const outputs = (first: number): number[] =>
    Array.from({ length: 20 }, (_, index) => 20 + (((first + index) * KINDS.length) % 7));

  expect(await makeCalls(0)).toEqual(outputs(0));
  await ledger.flush();
  faults.push(...Array.from({ length: 1_000 }, () => ({ fails: "ENOSPC", after: 0 })));
  expect(await makeCalls(20)).toEqual(outputs(20));
  await expect(ledger.flush()).rejects.toThrow("no space left");
  faults.length = 0;
  expect(await makeCalls(40)).toEqual(outputs(40));
  await ledger.flush();

  const events = await eventsOf(ledger);
  const { right, missing, wrong } = accountFor(api.served, events);
  expect(wrong).toEqual([]);
  expect(right).toBeGreaterThanOrEqual(20 + 5);
  expect(dropped(events)).toBe(missing.length);
  expect(missing.length).toBeGreaterThan(0);
});

/** Runs a command; returns why it failed, or null. */
function run(command: string, ...args: readonly string[]): string | null {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? null : (error?.message ?? stderr.trim());
}

describeInFullRun("a file system of its own that fills up", "mounts a small file system", () => {
  it("leaves the calls of 4 processes as they are, and what it cost the ledger is recorded", async (context) => {
    const folder = temporaryFolder();
    const refusal =
      process.getuid?.() === 0 ? run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder) : "only root may mount";
    if (refusal !== null) context.skip(`needs to mount a small file system: ${refusal}`);
    onTestFinished(() => {
      run("umount", "-l", folder);
    });
    await using api = await openMixedApi();
    const path = join(folder, "ledger");
    await (await openLedger(path, { mode: "write", create: true })).close();
    const [processes, count] = [4, 500];
    const callers = Array.from({ length: processes }, (_, index) =>
      startCaller({
        url: api.urls[0] ?? "",
        path,
        first: index * count,
        count,
        atOnce: 25,
        recordQueue: { events: 50 },
        haltAfter: count / 5,
      }),
    );
    await Promise.all(callers.map(({ halted }) => halted));
    const ballast = join(folder, "ballast");
    run("dd", "if=/dev/zero", `of=${ballast}`, "bs=512");
    for (const caller of callers) caller.goOn();
    // They cannot end before there is room again for what they have to say of it.
    while (api.served.length < processes * count * 0.9) await wait(50);
    rmSync(ballast);
    const seen = Object.assign({}, ...(await Promise.all(callers.map((caller) => caller.seen)))) as Record<
      string,
      string
    >;
    expect(Object.keys(seen)).toHaveLength(processes * count);
    expect(disturbed(seen)).toEqual([]);

    await using ledger = await openLedger(path, { mode: "read" });
    const events = await eventsOf(ledger);
    const { right, missing, wrong, unread } = accountFor(api.served, events);
    expect(wrong).toEqual([]);
    expect(right + missing.length).toBe(api.served.length);
    expect(missing.length).toBeGreaterThan(0);
    // A call that timed out before the server had read it is an attempt all the same: held, or dropped like others.
    const read = new Set(api.served.map(({ call }) => call));
    const calls = Array.from({ length: processes * count }, (_, call) => call).filter((call) => !read.has(call));
    expect(calls.filter((call) => KINDS[call % KINDS.length] !== "timed out")).toEqual([]);
    expect(dropped(events)).toBe(missing.length + calls.filter((call) => !unread.has(call)).length);
  });
});
