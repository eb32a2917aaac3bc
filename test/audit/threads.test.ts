import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { nodeThreads, verifyLedger, type Threads, type VerifyOptions } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logLines } from "../support/log-lines.ts";
import { REPOSITORY } from "../support/repository.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aFolder, someEvents, type Folder } from "./a-folder.ts";

const BUILDS = ["packages/ledger/dist/audit", "packages/ledger/dist/library", "packages/advisor/dist/command"];

/** Two threads that run what was built of a module, however little there is to do for them. */
function threadsOf(folder: string, started: URL[] = []): Threads {
  return {
    processors: 2,
    bytesMin: 0,
    start: (module) => {
      started.push(module);
      const name = module.pathname.split("/").at(-1) ?? "";
      return nodeThreads.start(pathToFileURL(join(REPOSITORY, folder, name)));
    },
  };
}

/** Two threads that run a program of which nothing is known. */
function threadsRunning(program: string): Threads {
  const path = join(temporaryFolder(), "program.mjs");
  writeFileSync(path, program);
  return { processors: 2, bytesMin: 0, start: () => nodeThreads.start(pathToFileURL(path)) };
}

/** A ledger folder with a third log of as many lines. */
function threeLogs(count = 4): Folder {
  const { path, segments } = aFolder([2, 3]);
  const third = join(path, "segments", "2c6f0e6d2b11-00000001.ndjson");
  writeFileSync(third, logLines("2c6f0e6d2b11", someEvents("third-", count)).lines.join(""));
  return { path, segments: [...segments, third] };
}

/** Changes bytes of its segments, each given as a place among all of their bytes. */
function damage({ segments }: Folder, places: readonly number[]): void {
  const all = segments.map((file) => ({ file, bytes: readFileSync(file) }));
  const size = all.reduce((sum, { bytes }) => sum + bytes.length, 0);
  for (const place of places) {
    let at = place % size;
    for (const { bytes } of all) {
      if (at >= 0 && at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ 0x01;
      at -= bytes.length;
    }
  }
  for (const { file, bytes } of all) writeFileSync(file, bytes);
}

describe("logs that are checked beside each other", () => {
  it.each(BUILDS)("come to what they come to one after the other, damage and its order included: %s", async (build) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.record<VerifyOptions>({ deep: fc.boolean(), problemsMax: fc.constantFrom(1, 2, 1000) }),
        async (places, options) => {
          const folder = threeLogs();
          damage(folder, places);
          const started: URL[] = [];
          const inTurn = await verifyLedger(folder.path, { ...options, threads: null });
          const together = await verifyLedger(folder.path, { ...options, threads: threadsOf(build, started) });
          expect(together).toEqual(inTurn);
          expect(started).toHaveLength(2);
        },
      ),
      { numRuns: 12 },
    );
  });

  it("are told of byte by byte", async () => {
    const { path } = threeLogs(4_000);
    let bytes = 0;
    const onBytes = (count: number): void => {
      bytes += count;
    };
    const verification = await verifyLedger(path, { threads: threadsOf(BUILDS[0] ?? ""), onBytes });
    expect(bytes).toBe(verification.bytes);
  });

  it("may have an end that no newline ends", async () => {
    const { path, segments } = threeLogs();
    const last = segments.at(-1) ?? "";
    writeFileSync(last, readFileSync(last).subarray(0, -10));
    const { problems } = await verifyLedger(path, { threads: threadsOf(BUILDS[0] ?? "") });
    expect(problems).toMatchObject([{ kind: "torn-line", file: last, line: 4 }]);
  });
});

describe("a thread that ends before it has said what it found", () => {
  it.each([
    ["of itself", "process.exit(0);", /exited|ended/],
    ["by an error", 'throw new Error("no memory left");', /no memory left/],
    [
      "while it works",
      'import("node:worker_threads").then(({ parentPort }) => parentPort.on("message", () => process.exit(7)));',
      /code 7/,
    ],
  ])("makes no ledger sound: it is an error that says so, when it ends %s", async (_, program, why) => {
    const { path } = threeLogs();
    const verification = verifyLedger(path, { threads: threadsRunning(program) });
    await expect(verification).rejects.toMatchObject({ code: "LEDGER_UNAVAILABLE" });
    await expect(verification).rejects.toThrow(/could not be checked to its end, so nothing is known of the ledger/);
    await expect(verification).rejects.toThrow(why);
  });
});

describe("logs are checked one after the other", () => {
  it.each<[string, Partial<Threads>]>([
    ["where there is one processor", { processors: 1 }],
    ["where there is too little to read", { bytesMin: 1_000_000 }],
  ])("%s", async (_, limits) => {
    const { path } = threeLogs();
    const started: URL[] = [];
    const threads = { ...threadsOf(BUILDS[0] ?? "", started), ...limits };
    expect(await verifyLedger(path, { threads })).toMatchObject({ isSound: true, lines: 10 });
    expect(started).toEqual([]);
  });

  it("where the module of a thread was not built", async () => {
    const { path } = threeLogs();
    const threads = { ...nodeThreads, processors: 2, bytesMin: 0 };
    expect(await verifyLedger(path, { threads })).toMatchObject({ isSound: true, lines: 10 });
  });
});
