import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder, runCli, type CliOptions } from "../support/run-cli.ts";
import { describeWithSharedData } from "../support/shared-data.ts";

const MINUTE = 60_000;

interface Printed {
  readonly requests: number;
  readonly blocks: number;
  readonly readBlocks: number;
  readonly tokens: Readonly<Record<"read" | "write" | "plain" | "output", number>>;
  readonly usd: string | null;
  readonly reason?: string;
}

async function simulated(args: readonly string[], options: CliOptions = {}): Promise<Printed> {
  const { exitCode, stdout, stderr } = await runCli(["simulate", "--format", "json", ...args], options);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Printed;
}

function line(timestamp: number, input: number, output: number, ids: readonly number[]): string {
  return JSON.stringify({ timestamp, input_length: input, output_length: output, hash_ids: ids });
}

/** Opus 5: per million tokens $5, written for 5m $6.25, for 1h $10, read $0.50, output $25; caches from 512 tokens. */
const OPUS = ["--trace", "-", "--model", "claude-opus-5", "--at", "2026-11-01"];

describe("farthing simulate", () => {
  const traffic = [
    line(0, 1300, 10, [0, 1, 2]),
    line(0, 1200, 10, [0, 1, 3]),
    line(5 * MINUTE - 1, 1536, 10, [0, 1, 4]),
    line(5 * MINUTE, 1200, 10, [0, 1, 3]),
    line(60 * MINUTE, 500, 10, [9]),
    line(61 * MINUTE, 500, 10, [9]),
  ].join("\n");

  it("reads what an earlier line shares, the same time included, as long as that lives", async () => {
    // 1: writes 1,300. 2: reads blocks 0 and 1, 1,024, and writes the 176 of its partial block.
    // 3: a millisecond short of five minutes reads 1,024 and writes 512. 4: its last block was written at 0 and is dead at
    // 5:00, blocks 0 and 1 were read at 4:59.999: reads 1,024, writes 176. 5 and 6: 500 tokens are below the minimum.
    expect(await simulated([...OPUS, "--ttl", "5m"], { stdin: traffic })).toMatchObject({
      requests: 6,
      blocks: 14,
      readBlocks: 6,
      tokens: { read: 3 * 1024, write: 1300 + 176 + 512 + 176, plain: 1000, output: 60 },
      // 3,072 x 0.5 + 2,164 x 6.25 + 1,000 x 5 + 60 x 25 = 1,536 + 13,525 + 5,000 + 1,500 millionths
      usd: "0.021561",
    });
  });

  it("reads for an hour with 1h, at its prices", async () => {
    // As above, but the fourth also reads its partial block: 1,200.
    // 3,248 x 0.5 + 1,988 x 10 + 1,000 x 5 + 60 x 25 = 1,624 + 19,880 + 5,000 + 1,500 millionths
    expect(await simulated([...OPUS, "--ttl", "1h"], { stdin: traffic })).toMatchObject({
      readBlocks: 7,
      tokens: { read: 1024 + 1024 + 1200, write: 1300 + 176 + 512, plain: 1000, output: 60 },
      usd: "0.028004",
    });
  });

  it("neither reads nor writes with none", async () => {
    // 6,236 x 5 + 60 x 25 = 31,180 + 1,500 millionths
    expect(await simulated([...OPUS, "--ttl", "none"], { stdin: traffic })).toMatchObject({
      readBlocks: 0,
      tokens: { read: 0, write: 0, plain: 6236, output: 60 },
      usd: "0.03268",
    });
  });

  it("reads nothing where the boundary is below the model's minimum, and what lies below it with a longer one", async () => {
    // Haiku 4.5 caches from 4,096 tokens: eight blocks of 512. Seven blocks are shared, then eight.
    const nine = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    const lines = [
      line(0, 4608, 0, nine),
      line(1, 4608, 0, [0, 1, 2, 3, 4, 5, 6, 17, 18]),
      line(2, 4608, 0, [0, 1, 2, 3, 4, 5, 6, 7, 28]),
    ].join("\n");
    const args = ["--trace", "-", "--model", "claude-haiku-4-5", "--ttl", "5m"];
    expect(await simulated(args, { stdin: lines })).toMatchObject({
      readBlocks: 8,
      tokens: { read: 4096, write: 4608 + 4608 + 512, plain: 0 },
    });
  });

  it("takes blocks of another length, and never caches a rest that the trace does not name", async () => {
    // Blocks of 1,000: the 300 after the second are in no block.
    const lines = [line(0, 2300, 0, [1, 2]), line(1, 2300, 0, [1, 2])].join("\n");
    expect(await simulated([...OPUS, "--ttl", "5m", "--block-tokens", "1000"], { stdin: lines })).toMatchObject({
      blocks: 4,
      readBlocks: 2,
      tokens: { read: 2000, write: 2000, plain: 600 },
    });
  });

  it("prices each request by the length of its own prompt", async () => {
    // Haiku 5.5: $0.10 for prompts up to 100,000 tokens, $0.50 beyond. 100,000 x 0.1 + 100,001 x 0.5 = 10,000 + 50,000.5.
    const lines = [line(0, 100_000, 0, [1]), line(1, 100_001, 0, [2])].join("\n");
    const args = ["--trace", "-", "--model", "claude-haiku-5-5", "--at", "2026-11-01", "--ttl", "none"];
    const { usd } = await simulated([...args, "--block-tokens", "200000"], { stdin: lines });
    expect(usd).toBe("0.0600005");
  });

  it("says that there is no sum where there is no price", async () => {
    const args = ["--trace", "-", "--model", "claude-haiku-9", "--ttl", "none"];
    const { usd, reason } = await simulated(args, { stdin: line(0, 10, 1, [1]) });
    expect([usd, reason]).toEqual([null, "unknown-model"]);
  });

  it("takes a line that is dated before the one above for sent at its time, and says so", async () => {
    const lines = [line(MINUTE, 600, 0, [1, 2]), line(0, 600, 0, [1, 2])].join("\n");
    const { exitCode, stdout, stderr } = await runCli(["simulate", ...OPUS, "--ttl", "5m"], { stdin: lines });
    expect([exitCode, stderr]).toEqual([
      0,
      "farthing: stdin: 1 line dated before a line above: taken for sent at the time of that one\n",
    ]);
    expect(stdout).toContain("2 of 4 blocks");
  });

  it.each([
    ["nonsense", "this is not JSON"],
    ["[]", "expected an object"],
    [line(-1, 10, 0, [1]), "timestamp: expected whole milliseconds"],
    [line(0.5, 10, 0, [1]), "timestamp: expected whole milliseconds"],
    ['{"timestamp":0,"output_length":0,"hash_ids":[]}', "input_length: expected a whole number of tokens"],
    ['{"timestamp":0,"input_length":0,"output_length":"1","hash_ids":[]}', "output_length: expected a whole number"],
    ['{"timestamp":0,"input_length":10,"output_length":1}', "hash_ids: expected a list of whole numbers"],
    [line(0, 10, 0, [4_294_967_295]), "hash_ids: expected whole numbers up to 4294967294"],
    [line(0, 2000, 0, [1]), "1 blocks of 512 tokens do not make 2000 tokens; see --block-tokens"],
  ])("exits 3 at a bad line, names it and prints nothing else: %s", async (bad, why) => {
    const stdin = `${line(0, 10, 0, [1])}\n\n${bad}\n`;
    const { exitCode, stdout, stderr } = await runCli(["simulate", ...OPUS, "--ttl", "5m"], { stdin });
    expect([exitCode, stdout]).toEqual([3, ""]);
    expect(stderr).toMatch(/^farthing: stdin:3: .*\n$/);
    expect(stderr).toContain(why);
  });

  it.each([
    [["--model", "claude-opus-5", "--ttl", "5m"], "--trace"],
    [["--trace", "x", "--ttl", "5m"], "--model"],
    [["--trace", "x", "--model", "claude-opus-5"], "--ttl"],
    [["--trace", "x", "--model", "claude-opus-5", "--ttl", "2h"], "5m, 1h, none"],
    [["--trace", "x", "--model", "claude-opus-5", "--ttl", "5m", "--block-tokens", "0"], "--block-tokens"],
    [["--trace", "x", "--model", "claude-opus-5", "--ttl", "5m", "--at", "soon"], "--at"],
    [["--trace", "x", "--model", "claude-haiku-9", "--ttl", "5m"], "how long a prefix of claude-haiku-9 must be"],
  ])("exits 2 for %j and says what was expected", async (args, hint) => {
    const { exitCode, stdout, stderr } = await runCli(["simulate", ...args]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(hint);
  });

  it("exits 3 where there is no such trace", async () => {
    const args = ["--trace", "none.jsonl", "--model", "claude-opus-5", "--ttl", "5m"];
    const { exitCode, stderr } = await runCli(["simulate", ...args]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("none.jsonl: there is no such file or folder");
  });

  it("prints a summary", async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, "requests.jsonl"), traffic);
    const args = ["--trace", "requests.jsonl", "--model", "claude-opus-5", "--ttl", "5m", "--at", "2026-11-01"];
    const { stdout } = await runCli(["simulate", ...args], { cwd });
    expect(stdout.split("\n")).toEqual([
      "claude-opus-5 with prefixes cached for 5m, at list prices of 2026-11-01",
      "6 requests; 6 of 14 blocks of 512 tokens read from the cache",
      "  tokens",
      "  read            3,072",
      "  written for 5m  2,164",
      "  neither         1,000",
      "  output             60",
      "TOTAL $0.021561",
      "",
    ]);
  });
});

describeWithSharedData("the conversation trace of Mooncake", "traces/mooncake-conversation.jsonl", (path) => {
  it.each([
    ["none", "827.020315", 0],
    ["5m", "763.951837", 82_941],
    ["1h", "1037.0545255", null],
  ])("costs with %s what is published for Opus 5", async (ttl, usd, readBlocks) => {
    const printed = await simulated(["--trace", path, "--model", "claude-opus-5", "--ttl", ttl, "--at", "2026-11-22"]);
    expect(printed).toMatchObject({ requests: 12_031, blocks: 288_500, usd });
    if (readBlocks !== null) expect(printed.readBlocks).toBe(readBlocks);
    const { read, write, plain } = printed.tokens;
    expect(read + write + plain).toBe(144_793_823);
  });
});
