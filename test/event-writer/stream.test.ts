import { once } from "node:events";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { openEventWriter } from "@farthing/adapters/event-writer";
import { decodeEvent, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { aWritingProcess } from "./writing-process.ts";

/** 300 of these are more than a pipe holds that nobody reads. */
function anEvent(index: number): LedgerEvent {
  return aRequestCompleted({ id: `msg:${String(index)}` });
}

const RECORD_MANY = 'for (let index = 0; index < 300; index += 1) writer.record({ ...event, id: "msg:" + index });';

function idsIn(lines: string): string[] {
  return lines
    .split("\n")
    .slice(0, -1)
    .map((line) => decodeEvent(line).id);
}

describe("standard output", () => {
  it("gets whole events, one a line, between the lines of the application itself", async () => {
    const child = aWritingProcess(
      { all: [anEvent(0), anEvent(1)] },
      `const writer = openEventWriter({ stdout: true });
       console.log("one");
       for (const event of all) writer.record(event);
       await writer.flush();
       console.log("two");`,
    );
    const lines = (await text(child.stdout)).split("\n");
    expect([lines[0], lines[3]]).toEqual(["one", "two"]);
    expect(lines.slice(1, 3).map((line) => decodeEvent(line))).toEqual([anEvent(0), anEvent(1)]);
  });

  it("gets everything before a process ends that does not wait for it", async () => {
    const child = aWritingProcess(
      { event: anEvent(0) },
      `const writer = openEventWriter({ stdout: true }); ${RECORD_MANY} process.exit(0);`,
    );
    // What was being written is there twice, once perhaps in part; an import passes over that.
    const ids = idsIn((await text(child.stdout)).replace(/^(?!.*\}$).*\n/gm, ""));
    expect([...new Set(ids)]).toEqual(Array.from({ length: 300 }, (_, index) => anEvent(index).id));
  });

  it("that nobody reads keeps the process from nothing, and not from ending", async () => {
    const child = aWritingProcess(
      { event: anEvent(0) },
      `const writer = openEventWriter({ stdout: true, flushMs: 100 });
       ${RECORD_MANY}
       await writer.flush().catch((error) => console.error(error.message));
       await new Promise((resolve) => setTimeout(resolve, 50));
       console.error("went on");
       process.exit(0);`,
    );
    const stderr = text(child.stderr);
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
    const [refused, wentOn, last] = (await stderr).split("\n");
    expect([refused, wentOn]).toEqual(["event writer: nothing was taken for 100 ms", "went on"]);
    expect(last).toMatch(/^farthing: not recorded yet: stdout: EAGAIN/);
  });

  it("whose reader has gone is told of on standard error, and disturbs nothing", async () => {
    const child = aWritingProcess(
      { event: anEvent(0) },
      `const writer = openEventWriter({ stdout: true });
       await new Promise((resolve) => setTimeout(resolve, 200));
       writer.record(event);
       await writer.flush().catch(() => {});
       writer.record(event);
       await new Promise((resolve) => setTimeout(resolve, 300));
       console.error("went on");`,
    );
    child.stdout.destroy();
    const stderr = text(child.stderr);
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
    const [warning, wentOn] = (await stderr).split("\n");
    expect(warning).toMatch(/^farthing: not recorded yet: stdout: .*EPIPE/);
    expect(wentOn).toBe("went on");
  });
});

describe("a stream", () => {
  it("that is slow gets lines in order, and what is beyond the limit is counted", async () => {
    const [taken, callbacks] = [[] as string[], [] as (() => void)[]];
    const stream = new Writable({
      decodeStrings: false,
      write(chunk: string, _, callback) {
        taken.push(chunk);
        callbacks.push(callback);
      },
    });
    const writer = openEventWriter({ stream, queue: { events: 5 }, env: {} });
    for (let index = 0; index < 3; index += 1) writer.record(anEvent(index));
    await turn();
    for (let index = 3; index < 8; index += 1) writer.record(anEvent(index));
    const flushed = writer.flush();
    for (let write = 0; write < 5; write += 1) {
      callbacks.shift()?.();
      await turn();
    }
    await flushed;
    expect(idsIn(taken.join("")).slice(0, 5)).toEqual(["msg:0", "msg:1", "msg:2", "msg:3", "msg:4"]);
    expect(decodeEvent(taken.join("").split("\n")[5] ?? "")).toMatchObject({ type: "EventsDropped", count: 3 });
  });

  it("that is far behind is listened to once", async () => {
    const most: number[] = [];
    const stream = new Writable({
      write(_chunk, _encoding, callback) {
        most.push(stream.listenerCount("error"));
        callback();
      },
    });
    const writer = openEventWriter({ stream, env: {} });
    // Handed over in 12 parts, each in the callback of the one before.
    for (let index = 0; index < 12 * 300; index += 1) writer.record(anEvent(index));
    await writer.flush();
    expect(most.length).toBeGreaterThan(10);
    expect(Math.max(...most)).toBe(1);
    await turn();
    expect(stream.listenerCount("error")).toBe(0);
    await writer.close();
  });

  it("that fails disturbs nobody: onError hears of it, and no error is left for the application to catch", async () => {
    const errors: unknown[] = [];
    const stream = new Writable({
      write(_chunk, _encoding, callback) {
        callback(Object.assign(new Error("no space left"), { code: "ENOSPC" }));
      },
    });
    const writer = openEventWriter({ stream, onError: (error) => errors.push(error), env: {} });
    writer.record(anEvent(0));
    await expect(writer.flush()).rejects.toThrow("stream: no space left");
    await turn();
    expect(stream.listenerCount("error")).toBe(0);
    await expect(writer.close()).rejects.toThrow("stream: the stream has failed or ended");
    expect(errors).toHaveLength(2);
  });
});
