import { aLedger } from "../support/a-ledger.ts";
import { aRequestCompleted, aUsage, aUsageCorrected } from "../support/builders.ts";

/** A folder with a ledger of all that exports tell apart, and its total at list prices by hand. */
export async function aLedgerToExport(): Promise<string> {
  const opus = (id: string, occurredAt: string, service: string | null, serviceTier = "standard") =>
    aRequestCompleted({
      id,
      occurredAt,
      usage: aUsage(
        { uncachedInput: 1_001, cacheWrite5m: 7, cacheWrite1h: 11, cacheRead: 13, output: 17 },
        { serviceTier, webSearchRequests: 3 },
      ),
      context: { service },
      labels: { formula: "=1+1" },
    });
  return aLedger([
    opus("msg:1", "2026-10-01T10:00:00.000Z", "=HYPERLINK(1)"),
    opus("msg:2", "2026-10-01T11:00:00.000Z", "=HYPERLINK(1)"),
    opus("msg:3", "2026-10-31T23:59:59.999Z", 'a "quoted", name', "batch"),
    opus("msg:4", "2026-11-01T00:00:00.000Z", null, "priority"),
    opus("msg:5", "2026-11-02T00:00:00.000Z", "wrong"),
    aUsageCorrected({ corrects: "msg:5" }),
    aRequestCompleted({ id: "msg:6", servedModel: "claude-haiku-9", usage: aUsage({ output: 5 }) }),
  ]);
}

/** Opus 5 by hand, in millionths of a dollar: 5 input, 6.25 and 10 writes, 0.5 read, 25 output; a search is $0.01. */
const TOKENS = 1_001 * 5 + 7 * 6.25 + 11 * 10 + 13 * 0.5 + 17 * 25;

/** Three at the full price and one at half of it, in dollars; searches have no discount. */
export const TOTAL_USD: string = String((3.5 * TOKENS + 4 * 3 * 10_000) / 1_000_000);

/** The records of a CSV text as RFC 4180 has it. */
export function readCsv(text: string): readonly (readonly string[])[] {
  const records: string[][] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  let record: string[] = [];
  for (let match = field.exec(text); match !== null; match = field.exec(text)) {
    record.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === "\r\n") {
      records.push(record);
      record = [];
    }
  }
  return records;
}

/** The sum of decimal texts, exactly, with that many decimals. */
export function sumOf(amounts: readonly string[], decimals = 24): string {
  const digits = amounts.reduce((sum, amount) => {
    const [whole = "0", fraction = ""] = amount.split(".");
    return sum + BigInt(whole + fraction.padEnd(decimals, "0"));
  }, 0n);
  const text = String(digits).padStart(decimals + 1, "0");
  const fraction = text.slice(-decimals).replace(/0+$/, "");
  return `${text.slice(0, -decimals)}${fraction === "" ? "" : `.${fraction}`}`;
}
