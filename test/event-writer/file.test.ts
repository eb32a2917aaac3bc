import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { attach } from "@farthing/adapters/anthropic";
import { openEventWriter, type EventWriter, type EventWriterOptions } from "@farthing/adapters/event-writer";
import { decodeEvent, isEventOf, type LedgerEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { anOutcomeRecorded, aRequestCompleted, aUsage } from "../support/builders.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aWritingProcess } from "./writing-process.ts";

const events = (count: number, name = "msg"): LedgerEvent[] =>
  Array.from({ length: count }, (_, index) =>
    aRequestCompleted({
      id: `${name}:${String(index)}`,
      usage: aUsage({ uncachedInput: 100, output: 10 }),
    }),
  );

interface Opened {
  readonly path: string;
  readonly writer: EventWriter;
  readonly errors: unknown[];
}

function aWriter(options: EventWriterOptions = {}, path = join(temporaryFolder(), "events.ndjson")): Opened {
  const errors: unknown[] = [];
  const writer = openEventWriter({ path, onError: (error) => errors.push(error), env: {}, ...options });
  return { path, writer, errors };
}

function linesOf(path: string): string[] {
  return readFileSync(path, "utf8").split("\n").slice(0, -1);
}

/** Who looks while another process writes may take its line for one that was cut, and leave a blank line. */
function idsOf(path: string): string[] {
  return linesOf(path).flatMap((line) => (line === "" ? [] : decodeEvent(line).id));
}

describe("a file of events", () => {
  it("holds an event after one turn of the event loop, as one line with everything the event says", async () => {
    const { path, writer, errors } = aWriter();
    const all = [...events(3), anOutcomeRecorded()];
    for (const event of all) writer.record(event);
    expect(existsSync(path)).toBe(false);
    await turn();
    expect(linesOf(path).map((line) => decodeEvent(line))).toEqual(all);
    await writer.close();
    expect(errors).toEqual([]);
  });

  it("is added to, whoever began it", async () => {
    const first = aWriter();
    first.writer.record(aRequestCompleted({ id: "msg:a" }));
    await first.writer.close();
    const second = aWriter({}, first.path);
    second.writer.record(aRequestCompleted({ id: "msg:b" }));
    await second.writer.close();
    expect(idsOf(first.path)).toEqual(["msg:a", "msg:b"]);
  });

  it("that was moved away is followed by a new one", async () => {
    const { path, writer } = aWriter();
    writer.record(aRequestCompleted({ id: "msg:a" }));
    await writer.flush();
    renameSync(path, `${path}.1`);
    await writer.flush();
    writer.record(aRequestCompleted({ id: "msg:b" }));
    await writer.close();
    expect([idsOf(`${path}.1`), idsOf(path)]).toEqual([["msg:a"], ["msg:b"]]);
  });

  it("that ends in the middle of a line loses nothing but that line", async () => {
    const { path, writer } = aWriter();
    appendFileSync(path, '{"type":"RequestCompleted","ver');
    writer.record(aRequestCompleted({ id: "msg:a" }));
    await writer.close();
    expect(linesOf(path)[0]).toBe('{"type":"RequestCompleted","ver');
    expect(decodeEvent(linesOf(path)[1] ?? "").id).toBe("msg:a");
  });

  it("is shared by processes without a line of one in a line of another", async () => {
    const path = join(temporaryFolder(), "events.ndjson");
    const names = ["a", "b", "c"];
    const children = names.map((name) =>
      aWritingProcess(
        { path, name, event: aRequestCompleted() },
        `const writer = openEventWriter({ path });
         for (let index = 0; index < 400; index += 1) {
           writer.record({ ...event, id: name + ":" + index });
           if (index % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
         }
         await writer.close();`,
      ),
    );
    const exits = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0] as number));
    expect(exits).toEqual([0, 0, 0]);
    const expected = names.flatMap((name) => events(400, name).map(({ id }) => id));
    expect(idsOf(path).toSorted()).toEqual(expected.toSorted());
  });

  it("has everything that was recorded before the process ended, even in the same turn", async () => {
    const path = join(temporaryFolder(), "events.ndjson");
    const child = aWritingProcess(
      { path, all: events(50) },
      "const writer = openEventWriter({ path }); for (const event of all) writer.record(event); process.exit(0);",
    );
    await once(child, "exit");
    expect(idsOf(path)).toHaveLength(50);
  });
});

describe("a file that cannot be written to", () => {
  it("keeps nobody waiting: events wait, and are written when it can be", async () => {
    const folder = join(temporaryFolder(), "not-there-yet");
    const { path, writer, errors } = aWriter({}, join(folder, "events.ndjson"));
    for (const event of events(3)) writer.record(event);
    await turn();
    expect(errors).toMatchObject([{ code: "LEDGER_UNAVAILABLE" }]);
    await expect(writer.flush()).rejects.toThrow("ENOENT");
    mkdirSync(folder);
    await wait(400);
    expect(idsOf(path)).toEqual(["msg:0", "msg:1", "msg:2"]);
    await writer.close();
  });

  it.each([
    ["events", { events: 3 }],
    ["bytes", { bytes: 3000 }],
  ])("costs what is beyond the limit of %s, which is counted with its tokens", async (_, queue) => {
    const folder = join(temporaryFolder(), "not-there-yet");
    const { path, writer } = aWriter({ queue }, join(folder, "events.ndjson"));
    for (const event of events(10)) writer.record(event);
    await expect(writer.flush()).rejects.toThrow("ENOENT");
    mkdirSync(folder);
    await writer.flush();
    writer.record(aRequestCompleted({ id: "msg:later" }));
    await writer.close();
    const found = linesOf(path).map((line) => decodeEvent(line));
    const dropped = found.filter((event) => isEventOf(event, "EventsDropped"));
    const kept = found.length - 2;
    expect(kept).toBeGreaterThanOrEqual(2);
    expect(kept).toBeLessThan(10);
    expect(dropped).toMatchObject([
      { count: 10 - kept, tokens: { uncachedInput: 100 * (10 - kept), output: 10 * (10 - kept) } },
    ]);
    expect(found.at(-1)?.id).toBe("msg:later");
  });

  it("is told of in a line on standard error where nobody listens, and in no more than one a minute", async () => {
    const lines: string[] = [];
    const path = join(temporaryFolder(), "nowhere", "events.ndjson");
    const host = { warn: (line: string) => void lines.push(line), onExit: () => () => {}, onSignal: () => () => {} };
    const writer = openEventWriter({ path, host, env: {} });
    for (let count = 0; count < 3; count += 1) {
      writer.record(aRequestCompleted());
      await expect(writer.flush()).rejects.toThrow("ENOENT");
    }
    expect(lines).toEqual([expect.stringMatching(/^farthing: not recorded yet: .*events\.ndjson: ENOENT/)]);
    await expect(writer.close()).rejects.toThrow("ENOENT");
  });

  it.skipIf(process.platform === "win32")("may be a pipe without a reader: it is refused, not waited for", async () => {
    const path = join(temporaryFolder(), "pipe");
    execFileSync("mkfifo", [path]);
    const { writer, errors } = aWriter({}, path);
    writer.record(aRequestCompleted());
    await turn();
    expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining("not a regular file") })]);
    await expect(writer.close()).rejects.toThrow("not a regular file");
  });
});

describe("recording", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["no event", { id: 7 }],
    ["an event that is not what its type says", { ...aRequestCompleted(), servedModel: 7 }],
    ["an event with what JSON cannot hold", { ...aRequestCompleted(), extra: 1n }],
  ])("of %s disturbs nobody; onError hears of it", async (_, event) => {
    const { path, writer, errors } = aWriter();
    writer.record(event as LedgerEvent);
    writer.record(aRequestCompleted());
    await writer.close();
    expect(errors).toHaveLength(1);
    expect(linesOf(path)).toHaveLength(1);
  });

  it("is refused after close, without being thrown at the caller", async () => {
    const { path, writer, errors } = aWriter();
    await writer.close();
    writer.record(aRequestCompleted());
    await writer.close();
    expect(errors).toMatchObject([{ message: "the event writer is closed" }]);
    expect(existsSync(path)).toBe(false);
  });

  it("is still taken from who hears of the close, which waits for them, whatever becomes of them", async () => {
    const { path, writer, errors } = aWriter();
    const undo = writer.onClosing(() => writer.record(aRequestCompleted({ id: "msg:never" })));
    writer.onClosing(async () => {
      await turn();
      writer.record(aRequestCompleted({ id: "msg:last" }));
    });
    writer.onClosing(() => {
      throw new Error("listener");
    });
    undo();
    await Promise.all([writer.close(), writer.close()]);
    expect(idsOf(path)).toEqual(["msg:last"]);
    expect(errors).toMatchObject([{ message: "listener" }]);
  });

  it("by a client ends with the close, and says so", async () => {
    const { path, writer, errors } = aWriter();
    attach({ messages: {}, middleware: [] }, writer, { env: {} });
    await writer.close();
    expect(linesOf(path).map((line) => decodeEvent(line).type)).toEqual(["CaptureStarted", "CaptureStopped"]);
    expect(errors).toEqual([]);
  });

  it("survives a listener that throws", async () => {
    const { path, writer } = aWriter({
      onError() {
        throw new Error("listener");
      },
    });
    writer.record({ id: "" } as LedgerEvent);
    writer.record(aRequestCompleted());
    await writer.close();
    expect(linesOf(path)).toHaveLength(1);
  });

  it("is the only thing that keeps a process for a turn: a writer that is open does not", async () => {
    const path = join(temporaryFolder(), "nowhere", "events.ndjson");
    const child = aWritingProcess(
      { path, event: aRequestCompleted() },
      "const writer = openEventWriter({ path }); writer.record(event);",
    );
    const stderr = text(child.stderr);
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(0);
    expect(await stderr).toMatch(/^farthing: not recorded yet: .*\n$/);
  });
});
