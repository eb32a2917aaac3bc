import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LedgerEvent } from "@farthing/ledger";
import fc from "fast-check";
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted, aRequestInterrupted, aUsage } from "../support/builders.ts";
import { isFullRun } from "../support/full-run.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { aLedgerToExport } from "./exported.ts";
import { focusOf, total, unitsOf, type FocusRecord } from "./focus-file.ts";
import { brokenRules, FOCUS_RULES, MANDATORY } from "./focus-rules.ts";

const tokens = fc.nat({ max: 3_000_000 });

/** Requests of every tier, platform and meter, some without a price, around the end of a month. */
const request: fc.Arbitrary<LedgerEvent> = fc
  .record({
    id: fc.integer({ min: 1, max: 9 }),
    at: fc.constantFrom("2026-09-30T23:59:59.999Z", "2026-10-01T00:00:00.000Z", "2026-10-31T12:00:00.000Z"),
    servedModel: fc.constantFrom(
      "claude-opus-5",
      "claude-haiku-9",
      "anthropic.claude-sonnet-5",
      "claude-sonnet-5@20260101",
    ),
    requestedModel: fc.constantFrom("claude-opus-5", "us.anthropic.claude-opus-5-v1:0"),
    serviceTier: fc.constantFrom("standard", "batch", "priority"),
    service: fc.constantFrom(null, "shop", "=1+1", 'a "quoted", name'),
    webSearchRequests: fc.nat({ max: 3 }),
    buckets: fc.record({
      uncachedInput: tokens,
      cacheWrite5m: tokens,
      cacheWrite1h: tokens,
      cacheRead: tokens,
      output: tokens,
    }),
    isWhole: fc.boolean(),
  })
  .map(({ id, at, servedModel, requestedModel, serviceTier, service, webSearchRequests, buckets, isWhole }) => {
    const build = isWhole ? aRequestCompleted : aRequestInterrupted;
    const usage = aUsage(buckets, { serviceTier, webSearchRequests });
    return build({ id: `msg:${String(id)}`, occurredAt: at, servedModel, requestedModel, usage, context: { service } });
  });

describe("rules of FOCUS 1.2", () => {
  it("hold for every ledger and discount", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(request, { minLength: 1, maxLength: 8, selector: ({ id }) => id }),
        fc.constantFrom("0", "12.5", "33.333333", "100"),
        async (events, discount) => {
          const ledger = await aLedger(events);
          await runCli(["settings", "set", "discount-percent", discount, "--ledger", ledger]);
          const { header, rows } = await focusOf(ledger);
          expect(header).toEqual(expect.arrayContaining(MANDATORY));
          expect(brokenRules(rows)).toEqual([]);
          const { stdout } = await runCli(["spend", "--format", "json", "--ledger", ledger]);
          const spend = JSON.parse(stdout) as { readonly total: { readonly usd: string } };
          expect(total(rows, "ListCost")).toBe(unitsOf(spend.total.usd));
        },
      ),
      { numRuns: isFullRun ? 40 : 6 },
    );
  });

  it("are each broken by a row that says otherwise", async () => {
    const { rows } = await focusOf(await aLedgerToExport());
    const sound = rows.find((row) => row["PricingCategory"] === "Standard" && row["SubAccountId"] !== null);
    const unbroken = FOCUS_RULES.filter(({ holds, broken }) => {
      return holds({ ...sound, ...broken });
    });
    expect(sound).toBeDefined();
    expect(unbroken.map(({ fact }) => fact)).toEqual([]);
  });
});

describe("who sells a model in FOCUS", () => {
  it("is the cloud that an id of its models names, and the platform that is given where none does", async () => {
    const ledger = await aLedger([
      aRequestCompleted({ id: "msg:1" }),
      aRequestCompleted({ id: "msg:2", servedModel: "us.anthropic.claude-opus-5-v1:0" }),
      // Bedrock answers with Anthropic's own name of the model.
      aRequestCompleted({ id: "msg:3", requestedModel: "anthropic.claude-opus-5" }),
      aRequestCompleted({ id: "msg:4", servedModel: "claude-opus-5@20260101" }),
    ]);
    const sellers = ({ rows }: Awaited<ReturnType<typeof focusOf>>): readonly string[] =>
      rows
        .filter((row) => row["SkuMeter"] === "Output Tokens")
        .map((row) =>
          ["ServiceName", "ProviderName", "InvoiceIssuerName", "PublisherName", "PricingQuantity"]
            .map((name) => row[name])
            .join(", "),
        )
        .sort();
    const clouds = [
      "Amazon Bedrock, AWS, AWS, Anthropic, 10",
      "Amazon Bedrock, AWS, AWS, Anthropic, 10",
      "Claude API, Anthropic, Anthropic, Anthropic, 10",
      "Vertex AI, Google Cloud, Google Cloud, Anthropic, 10",
    ];
    expect(sellers(await focusOf(ledger))).toEqual(clouds);
    expect(sellers(await focusOf(ledger, "--platform", "foundry"))).toEqual(
      [
        ...clouds.filter((each) => !each.startsWith("Claude")),
        "Microsoft Foundry, Microsoft, Microsoft, Anthropic, 10",
      ].sort(),
    );
  });
});

describe("FOCUS as Parquet", () => {
  it("has exact decimals and times of UTC, and says what the CSV does", async () => {
    const ledger = await aLedgerToExport();
    await runCli(["settings", "set", "discount-percent", "12.5", "--ledger", ledger]);
    const path = join(emptyFolder(), "focus.parquet");
    const result = await runCli(["export", "focus", "--format", "parquet", "--ledger", ledger, "--output", path]);
    expect(result.exitCode).toBe(0);
    const bytes = readFileSync(path);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const metadata = await parquetMetadataAsync(file);
    const { schema } = metadata;
    const typeOf = (name: string): unknown => {
      const element = schema.find((each) => each.name === name);
      return [element?.converted_type, element?.precision, element?.scale];
    };
    // 12 decimals of a price, and 3 of the share that 12.5 percent leave.
    for (const name of ["BilledCost", "ContractedUnitPrice", "ListCost"])
      expect(typeOf(name)).toEqual(["DECIMAL", 38, 15]);
    expect(typeOf("PricingQuantity")).toEqual(["DECIMAL", 38, 0]);
    expect(typeOf("BillingPeriodStart")).toEqual(["TIMESTAMP_MILLIS", undefined, undefined]);
    // Of decimals the bytes are read: the reader itself makes them floating.
    const scales = new Map(schema.flatMap(({ name, scale }) => (scale === undefined ? [] : [[name, scale]])));
    const asBytes = schema.map(({ name, converted_type: type, ...element }) =>
      scales.has(name)
        ? { ...element, name }
        : { ...element, name, ...(type === undefined ? {} : { converted_type: type }) },
    );
    const objects = await parquetReadObjects({ file, metadata: { ...metadata, schema: asBytes }, utf8: false });
    const { rows } = await focusOf(ledger);
    const read = objects.map((object) =>
      Object.fromEntries(Object.entries(object).map(([name, value]) => [name, textOf(value, scales.get(name) ?? 0)])),
    );
    // A spreadsheet takes what begins with "=" for a formula; a database does not.
    expect(read).toEqual(rows.map(inDatabase));
  });
});

/** A value of a Parquet file as the CSV has it; a decimal is given as its bytes. */
function textOf(value: unknown, scale: number): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return decimalOf(value, scale);
  if (value instanceof Date) return value.toISOString().replace(".000Z", "Z");
  if (typeof value !== "string") throw new TypeError(`neither text, time nor bytes: ${JSON.stringify(value)}`);
  return value;
}

function decimalOf(bytes: Uint8Array, scale: number): string {
  const units = BigInt.asIntN(128, BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
  const digits = String(units).padStart(scale + 1, "0");
  const fraction = scale === 0 ? "" : digits.slice(-scale).replace(/0+$/, "");
  return `${digits.slice(0, digits.length - scale)}${fraction === "" ? "" : `.${fraction}`}`;
}

function inDatabase(row: FocusRecord): FocusRecord {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value?.startsWith("'=") === true ? value.slice(1) : value]),
  );
}
