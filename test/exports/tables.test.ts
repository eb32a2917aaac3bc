import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { csvRecord } from "../../packages/advisor/src/exports/csv.ts";
import { REPOSITORY } from "../support/repository.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { aLedgerToExport, readCsv, sumOf, TOTAL_USD } from "./exported.ts";

async function exported(format: "csv" | "parquet", of: "requests" | "spend"): Promise<string> {
  const file = join(emptyFolder(), `out.${format}`);
  const ledger = await aLedgerToExport();
  const result = await runCli(["export", format, "--of", of, "--ledger", ledger, "--output", file]);
  expect(result.exitCode).toBe(0);
  expect(result.stderr).toContain("1 response without a price: no cost, not 0");
  return file;
}

describe("a field of CSV", () => {
  it.each([
    ["=1+1", "'=1+1"],
    ["+1 or more", "'+1 or more"],
    ["-x", "'-x"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\tx", "'\tx"],
    ["\rx", '"\'\rx"'],
    ['=a,"b"', '"\'=a,""b"""'],
    ["-1.5", "-1.5"],
    [-2, "-2"],
    [null, ""],
    ["a=b", "a=b"],
    ["a\nb", '"a\nb"'],
  ])("%j is written %j", (value, written) => {
    expect(csvRecord([value, 1n])).toBe(`${written},1\r\n`);
  });
});

describe("a table of requests", () => {
  it("as CSV has one record for each billed response, and no formula", async () => {
    const [header = [], ...records] = readCsv(readFileSync(await exported("csv", "requests"), "utf8"));
    const column = (name: string): string[] => records.map((record) => record[header.indexOf(name)] ?? "");
    expect(column("id").sort()).toEqual(["msg:1", "msg:2", "msg:3", "msg:4", "msg:6"]);
    expect(sumOf(column("usd").filter((usd) => usd !== ""))).toBe(TOTAL_USD);
    expect(column("usd").filter((usd) => usd === "")).toHaveLength(1);
    expect(column("unpriced_reason").filter((reason) => reason !== "")).toHaveLength(1);
    expect(column("service").sort()).toEqual(["", "", "'=HYPERLINK(1)", "'=HYPERLINK(1)", 'a "quoted", name']);
    expect(records.flat().filter((field) => /^[=+@\t\r]/.test(field))).toEqual([]);
  });

  it("as Parquet holds amounts exactly, and nothing where there is none", async () => {
    const bytes = readFileSync(await exported("parquet", "requests"));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const rows = await parquetReadObjects({ file });
    expect(rows).toHaveLength(5);
    const unpriced = rows.filter(({ usd }) => usd === null || usd === undefined);
    expect(unpriced).toMatchObject([{ id: "msg:6", unpriced_reason: "unknown-model", output_tokens: 5n }]);
    expect(rows.find(({ id }) => id === "msg:1")).toMatchObject({
      at: new Date("2026-10-01T10:00:00.000Z"),
      uncached_input_tokens: 1_001n,
      service: "=HYPERLINK(1)",
      output_is_lower_bound: false,
    });
  });
});

describe("a table of daily spend", () => {
  it("comes to the spend, and knows no cost where nothing has a price", async () => {
    const [header = [], ...records] = readCsv(readFileSync(await exported("csv", "spend"), "utf8"));
    const usd = records.map((record) => record[header.indexOf("usd")] ?? "");
    expect(sumOf(usd.filter((each) => each !== ""))).toBe(TOTAL_USD);
    expect(records.filter((record) => record.includes("claude-haiku-9"))).toMatchObject([
      ["2026-10-01", expect.anything(), "claude-haiku-9", "", "1", "1", "0", "0", "0", "0", "5"],
    ]);
    expect(records.map(([day]) => day)).toEqual(["2026-10-01", "2026-10-01", "2026-10-31", "2026-11-01"]);
  });
});

const BENCH = join(REPOSITORY, "test/bench");
const hasDuckDb = existsSync(join(BENCH, "node_modules/@duckdb/node-api"));

interface DuckDb {
  readonly DuckDBInstance: {
    create(): Promise<{ connect(): Promise<{ runAndReadAll(sql: string): Promise<{ getRows(): unknown[][] }> }> }>;
  };
}

describe.skipIf(!hasDuckDb)(
  `DuckDB${hasDuckDb ? "" : " (skipped: npx -y pnpm@10.34.9 --dir test/bench install)"}`,
  () => {
    it("sums each file to the same dollars", async () => {
      const { DuckDBInstance } = createRequire(join(BENCH, "package.json"))("@duckdb/node-api") as DuckDb;
      const connection = await (await DuckDBInstance.create()).connect();
      const focus = join(emptyFolder(), "focus.csv");
      await runCli(["export", "focus", "--ledger", await aLedgerToExport(), "--output", focus]);
      const focusParquet = join(emptyFolder(), "focus.parquet");
      const written = ["export", "focus", "--format", "parquet", "--ledger", await aLedgerToExport()];
      await runCli([...written, "--output", focusParquet]);
      const sources = [
        `"usd" from '${await exported("parquet", "requests")}'`,
        `"usd" from '${await exported("parquet", "spend")}'`,
        `"usd" from read_csv('${await exported("csv", "requests")}', all_varchar = true)`,
        `"ListCost" from '${focusParquet}'`,
        `"ListCost" from read_csv('${focus}', all_varchar = true)`,
      ];
      const typed = await connection.runAndReadAll(
        `select distinct typeof(usd) from '${await exported("parquet", "requests")}'`,
      );
      expect(typed.getRows()).toEqual([["DECIMAL(38,12)"]]);
      const focusTyped = await connection.runAndReadAll(
        `select distinct typeof("BilledCost"), typeof("ChargePeriodStart") from '${focusParquet}'`,
      );
      expect(focusTyped.getRows()).toEqual([["DECIMAL(38,14)", "TIMESTAMP WITH TIME ZONE"]]);
      for (const source of sources) {
        const [name = "", from = ""] = source.split(" from ");
        const sql = `select sum(cast(nullif(cast(${name} as varchar), '') as decimal(38, 12)))::varchar from ${from}`;
        const [[sum] = []] = (await connection.runAndReadAll(sql)).getRows();
        expect([source, sumOf([String(sum)])]).toEqual([source, TOTAL_USD]);
      }
    });
  },
);
