import { importLitellm } from "@farthing/adapters/litellm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aSpendLog } from "./support/litellm-rows.ts";
import { MemoryLedger } from "./support/memory-ledger.ts";
import { aFile } from "./support/records.ts";

const ROWS = ["1", "2", "3"].map((id) =>
  aSpendLog({ request_id: id, messages: `braces ] } "quoted" \\ and\nlines of ${id}` }),
);
const TEXTS = ROWS.map((row) => JSON.stringify(row));

/** Ids of the calls in the ledger, and the lines that were skipped, by their reason. */
async function read(content: string, pieceBytes = 65_536): Promise<readonly unknown[]> {
  const ledger = new MemoryLedger();
  const { skipped } = await importLitellm({ ledger, files: [aFile("f", content, pieceBytes)] });
  const calls = ledger.responses().map(({ id }) => id.replace("litellm:", ""));
  return [calls.sort(), skipped.examples.map(({ line, reason }) => `${String(line)} ${reason}`)];
}

describe("a file of records", () => {
  it.each([
    ["an array in one line", JSON.stringify(ROWS)],
    ["an array over many lines", JSON.stringify(ROWS, null, 2)],
    ["an array of a row in each line", `[\n${TEXTS.join(",\n")}\n]\n`],
    ["a row in each line", `${TEXTS.join("\n")}\n`],
    ["a row in each line, with Windows' line ends and blank lines", `\uFEFF${TEXTS.join("\r\n\r\n")}`],
    ["a page", JSON.stringify({ data: ROWS, total: 3 })],
    ["a page over many lines", JSON.stringify({ data: ROWS, total: 3 }, null, 2)],
    ["pages that follow one another", ROWS.map((row) => JSON.stringify({ data: [row] }, null, 1)).join("\n")],
    ["an array of pages", JSON.stringify(ROWS.map((row) => ({ data: [row] })))],
    ["rows over many lines that follow one another", ROWS.map((row) => JSON.stringify(row, null, 2)).join("\n")],
  ])("can be %s, in pieces of any size", async (_, content) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 400 }), async (pieceBytes) => {
        expect(await read(content, pieceBytes)).toEqual([["1", "2", "3"], []]);
      }),
      { numRuns: 4, examples: [[1]] },
    );
  });

  it("can be a pipe, which is read but once", async () => {
    const { open } = aFile("f", `${TEXTS.join("\n")}\n`, 300);
    const pipe = open();
    const ledger = new MemoryLedger();
    const { skipped } = await importLitellm({ ledger, files: [{ name: "f", open: () => pipe }] });
    expect([ledger.responses().length, skipped.total]).toEqual([3, 0]);
  });

  it("can be empty", async () => {
    expect(await read("")).toEqual([[], []]);
    expect(await read("[]\n")).toEqual([[], []]);
  });

  it("keeps what is good of a damaged one, whatever its form", async () => {
    const [first = "", second = "", third = ""] = TEXTS;
    const torn = second.slice(0, 200);
    expect(await read(`${first}\n${torn}\n${third}\n`)).toEqual([["1", "3"], ["2 malformed-json"]]);
    expect(await read(`${torn}\n${second}\n${third}\n`)).toEqual([["2", "3"], ["1 malformed-json"]]);
    // Cut off within a text, and within an object.
    expect(await read(`[\n${first},\n{"request_id":"2","model":"cla\n${third}]`)).toEqual([
      ["1", "3"],
      ["3 malformed-json"],
    ]);
    expect(await read(`[\n${first},\n{"request_id":"2",\n${third}]`)).toEqual([["1", "3"], ["3 malformed-json"]]);
    expect(await read(`[${first},${second},${third.slice(0, -2)}`)).toEqual([["1", "2"], ["1 malformed-json"]]);
    expect(await read(`[${first},nonsense,7,${third}]`)).toEqual([
      ["1", "3"],
      ["1 malformed-json", "1 not-an-object"],
    ]);
  });
});
