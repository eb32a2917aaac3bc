import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  listPriceBook,
  nodeThreads,
  openLedger,
  type ResponseRecorded,
  type TaskThread,
  type Threads,
} from "@farthing/ledger";
import { beforeAll, describe, expect, it } from "vitest";
import { adviseShare, type AdviceTask } from "../../packages/advisor/src/cli/input/advise-share.ts";
import { aRequestCompleted } from "../support/builders.ts";
import { describeInFullRun } from "../support/full-run.ts";
import { manyWorkloads, NINE_SERVICES } from "../support/many-workloads.ts";
import { REPOSITORY } from "../support/repository.ts";
import { emptyFolder, runCli, type CliResult } from "../support/run-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Dearer than the list. */
const OWN_PRICE = {
  model: "claude-opus-5",
  effectiveFrom: "2026-01-01",
  rates: { uncachedInput: "7", cacheWrite5m: "9", cacheWrite1h: "15", cacheRead: "1", output: "30" },
  usGeography: true,
  regionalPremium: false,
  source: "our contract",
  checkedOn: "2026-11-01",
};

let ledger = "";
/** What one worker prints of it. */
let alone = "";
beforeAll(async () => {
  ledger = await aColumnLedger(manyWorkloads());
  alone = await printed([]);
});

/** Threads in this one that are given and give copies, as real ones do. */
function copying(
  asked: AdviceTask[] = [],
  answer: (task: AdviceTask) => Promise<unknown> = adviseShare,
): Pick<Threads, "start"> {
  const thread: TaskThread = {
    run: async (task) => {
      // The module is given nothing else.
      const copy = structuredClone(task) as AdviceTask;
      asked.push(copy);
      return structuredClone(await answer(copy));
    },
    end: () => Promise.resolve(),
  };
  return { start: () => Promise.resolve(thread) };
}

/** Threads that run the module of the bundled command. */
function bundledThreads(started: URL[]): Pick<Threads, "start"> {
  return {
    start: (module) => {
      started.push(module);
      const name = module.pathname.split("/").at(-1) ?? "";
      return nodeThreads.start(pathToFileURL(join(REPOSITORY, "packages/advisor/dist/command", name)));
    },
  };
}

/** Threads that run a program of which nothing is known. */
function threadsRunning(program: string): Pick<Threads, "start"> {
  const path = join(temporaryFolder(), "program.mjs");
  writeFileSync(path, program);
  return { start: () => nodeThreads.start(pathToFileURL(path)) };
}

function report(flags: readonly string[], threads: Pick<Threads, "start"> = copying(), path = ledger) {
  return runCli(["report", "--ledger", path, "--fresh", ...flags], { threads });
}

function fixture(name: string): string {
  return readFileSync(join(REPOSITORY, "test/fixtures/report", name), "utf8");
}

async function printed(flags: readonly string[], threads?: Pick<Threads, "start">, path?: string): Promise<string> {
  const { exitCode, stdout, stderr } = await report(flags, threads, path);
  expect([exitCode, stderr], flags.join(" ")).toEqual([0, ""]);
  return stdout;
}

function keptIn(path: string): string {
  const folder = join(path, "checkpoints");
  const names = readdirSync(folder).filter((name) => name.startsWith("advice-"));
  return names.map((name) => readFileSync(join(folder, name), "utf8")).join("");
}

describe("a report of several workers", () => {
  it("is that of one, byte for byte, and keeps the same advice", async () => {
    const json = await printed(["--format", "json"]);
    const kept = keptIn(ledger);
    for (const workers of [1, 2, 3, 7]) {
      const asked: AdviceTask[] = [];
      expect(await printed(["--format", "json", "--workers", String(workers)], copying(asked))).toBe(json);
      expect(asked.map(({ share }) => share.number)).toEqual(Array.from({ length: workers - 1 }, (_, n) => n + 1));
      expect(keptIn(ledger)).toBe(kept);
    }
  });

  it("is so for every way of asking", async () => {
    const position = (await readPosition(ledger, 120)) ?? "";
    for (const flags of [
      ["--format", "text", "--explain", "2"],
      ["--format", "json", "--explain", "1"],
      ["--format", "json", "--only", "1,3"],
      ["--format", "json", "--since", "2026-10-12", "--tz", "Asia/Tokyo", "--risk", "none", "--as-of", position],
      ["--format", "json", "--advice-as-of", position, "--prices-known-at", "2026-06-01"],
    ]) {
      expect(await printed([...flags, "--workers", "2"]), flags.join(" ")).toBe(await printed(flags));
    }
  });

  it("is so with prices of one's own, decisions on advice, and several ledgers", async () => {
    const priced = await aColumnLedger(manyWorkloads(NINE_SERVICES.slice(0, 4)));
    const card = join(priced, "..", "card.json");
    writeFileSync(card, JSON.stringify(OWN_PRICE));
    expect(await runCli(["prices", "set", card, "--ledger", priced])).toMatchObject({ exitCode: 0 });
    const decide = (...words: string[]): Promise<CliResult> => runCli(["advice", ...words, "--ledger", priced]);
    expect(await decide("accept", "1")).toMatchObject({ exitCode: 0 });
    expect(await decide("dismiss", "1", "--reason", "no time")).toMatchObject({ exitCode: 0 });
    const flags = ["--ledger", priced, "--format", "json"];
    const alone = await printed(flags);
    expect(alone).toContain('"no time"');
    expect(alone).not.toContain(listPriceBook().hash);
    expect(await printed([...flags, "--workers", "2"])).toBe(alone);
  });

  it("is so where threads are started from what was built", async () => {
    const started: URL[] = [];
    expect(await printed(["--workers", "3"], bundledThreads(started))).toBe(alone);
    expect(started).toHaveLength(2);
  });

  it("is so where what runs has no compiled module to start", async () => {
    expect(await printed(["--workers", "2"], nodeThreads)).toBe(alone);
  });

  it("is of the ledger as it was when it was asked, although a call is recorded before a worker opens it", async () => {
    const growing = await aColumnLedger(manyWorkloads(NINE_SERVICES.slice(3)));
    const before = await printed([], copying(), growing);
    const threads = copying([], async (task) => {
      await record(growing, aRequestCompleted({ id: "msg:late" }));
      return adviseShare(task);
    });
    expect(await printed(["--workers", "2"], threads, growing)).toBe(before);
  });

  it("may be of the example, which each worker is told to make", async () => {
    const flags = ["--where", "service=ticket-search", "--format", "json"];
    const asked: AdviceTask[] = [];
    // With one workload nobody waits for the second worker.
    const threads = copying(asked, () => Promise.resolve());
    const { stdout } = await runCli(["report", "--example", ...flags, "--workers", "2"], { threads });
    expect(stdout).toBe(fixture("example-ticket-search.json"));
    const about = { kind: "example", only: null, limits: null, flags: { where: ["service=ticket-search"] } };
    expect(asked).toMatchObject([{ about, share: { number: 1, of: 2 } }]);
  });
});

describeInFullRun("the report on the example by several workers", "replays it as a whole", () => {
  it("is that of one", async () => {
    const flags = ["report", "--example", "--format", "markdown", "--workers", "3"];
    const { stdout, stderr } = await runCli(flags, { threads: bundledThreads([]) });
    expect([stdout, stderr]).toEqual([fixture("example.md"), ""]);
  });
});

describe("what a worker does not do", () => {
  const DIES =
    'import("node:worker_threads").then(({ parentPort }) => parentPort.on("message", () => process.exit(7)));';
  const failures: readonly [string, () => Pick<Threads, "start">, RegExp][] = [
    ["because it ends without a word", () => threadsRunning("process.exit(0);"), /ended/],
    ["because it runs out of memory", () => threadsRunning('throw new Error("no memory left");'), /no memory left/],
    ["because it ends at work", () => threadsRunning(DIES), /code 7/],
    [
      "because it cannot be started",
      () => ({ start: () => Promise.reject(new Error("too many threads")) }),
      /too many threads/,
    ],
    [
      "because it read other requests",
      () => copying([], async (task) => ({ ...(await adviseShare(task)), basis: "another" })),
      /read other requests/,
    ],
  ];

  it.each(failures)("%s, is done without it and said", async (_, threads, why) => {
    const { exitCode, stdout, stderr } = await report(["--workers", "2"], threads());
    expect(stderr).toMatch(/^farthing: a worker did not do its part, which was then done without it: .+\n$/);
    expect(stderr).toMatch(why);
    expect([exitCode, stdout]).toEqual([0, alone]);
  });

  it("because there are fewer groups of workloads than workers, nobody waits for", async () => {
    const single = await aColumnLedger(manyWorkloads(NINE_SERVICES.slice(0, 1)));
    const never: Pick<Threads, "start"> = {
      start: () => Promise.resolve({ run: () => new Promise(() => undefined), end: () => Promise.resolve() }),
    };
    expect(await printed(["--workers", "4"], never, single)).toBe(await printed([], never, single));
  });
});

describe("a number of workers", () => {
  it.each(["0", "-1", "1.5", "two", "65", ""])('is not "%s"', async (count) => {
    const { exitCode, stdout, stderr } = await report([`--workers=${count}`]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/--workers .*expected a whole number from 1 to 64/);
  });
});

/** A ledger of several segments, most of them full, and so with files of columns. */
async function aColumnLedger(events: readonly ResponseRecorded[]): Promise<string> {
  const path = join(emptyFolder(), "ledger");
  await using opened = await openLedger(path, { mode: "write", create: true, segmentBytes: 32_768 });
  for (let from = 0; from < events.length; from += 20) await opened.append(events.slice(from, from + 20));
  return path;
}

async function record(path: string, event: ResponseRecorded): Promise<void> {
  await using opened = await openLedger(path, { mode: "write" });
  await opened.append([event]);
}

/** Where a ledger stood after so many events. */
async function readPosition(path: string, count: number): Promise<string | null> {
  await using opened = await openLedger(path, { mode: "read" });
  let read = 0;
  for await (const { position } of opened.read()) if ((read += 1) === count) return position;
  return null;
}
