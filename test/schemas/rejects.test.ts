import {
  billImportSchema,
  billSetSchema,
  claudeCodeImportSchema,
  doctorSchema,
  eventsImportSchema,
  recordsImportSchema,
  priceSchema,
  pricesSchema,
  pruneSchema,
  reportSchema,
  requestLineSchema,
  requestsSchema,
  settingsSchema,
  spendSchema,
  verifySchema,
} from "@farthing/advisor/schemas";
import { beforeAll, describe, expect, it } from "vitest";
import type * as z from "zod";
import type { PrintedDocument } from "./printed-document.ts";
import { printedDocuments } from "./printed-documents.ts";

/** A value that must not be where the path is. */
type Lie = readonly [name: string, path: string, value: unknown, schema: z.ZodType];

const LIES: readonly Lie[] = [
  ["report", "total.usd", 12.5, reportSchema],
  ["report", "total.tokens.output", -1, reportSchema],
  ["report", "total.tokens.output", 0.5, reportSchema],
  ["report", "total.tokens.output", 2 ** 53, reportSchema],
  ["report", "total.tokens.output", "7", reportSchema],
  ["report", "now", "2026-11-22T12:00:00", reportSchema],
  ["report", "period.first", "2026-11-22", reportSchema],
  ["report", "period.first", "2026-11-22T12:00:00.000+01:00", reportSchema],
  ["report", "joint.all.low", -3, reportSchema],
  ["report", "recommendations.0.share", 1, reportSchema],
  ["report", "recommendations.0.lever", "somebody", reportSchema],
  ["report", "replayGap.0.billed", "-1", reportSchema],
  ["report", "due.0.at", "2026-02-30T00:00:00.000Z", reportSchema],
  ["report", "findings.0.usd", 0, reportSchema],
  ["report", "billing.basis", "free", reportSchema],
  ["doctor", "checks.0.status", "fine", doctorSchema],
  ["doctor", "origins.0.lastAt", 0, doctorSchema],
  ["verify", "sound", "yes", verifySchema],
  ["verify", "lost", -1, verifySchema],
  ["verify", "logs.0.firstAt", 1_774_602_000_000, verifySchema],
  ["prune", "requests", -1, pruneSchema],
  ["spend", "schemaVersion", 2, spendSchema],
  ["spend", "total.usd", "1e-7", spendSchema],
  ["spend", "total.usd", "1.50", spendSchema],
  ["spend", "total.usd", "-1", spendSchema],
  ["spend", "total.usd", null, spendSchema],
  ["spend", "total.requests", -1, spendSchema],
  ["spend", "period.last", "2026-11-22T12:00:00.000", spendSchema],
  ["spend", "unpriced.0.reason", "too-dear", spendSchema],
  ["requests", "requests.0.usd", 0, requestsSchema],
  ["requests", "requests.0.tokens.cacheRead", -1, requestsSchema],
  ["requests", "requests.0.at", "2026-10-01T10:00:00.000", requestsSchema],
  ["request-line", "usd", 0.1, requestLineSchema],
  ["request-line", "webSearchRequests", -1, requestLineSchema],
  ["request-line", "startedAt", "yesterday", requestLineSchema],
  ["price", "usd", 0.1, priceSchema],
  ["price", "lines.0.usdPerUnit", 0.000005, priceSchema],
  ["price", "lines.0.quantity", -1, priceSchema],
  ["price", "at", "2026-10-01T00:00:00", priceSchema],
  ["prices", "prices.0.rates.output", 25, pricesSchema],
  ["prices", "prices.0.effectiveFrom", "2026-10-01", pricesSchema],
  ["prices", "prices.0.checkedOn", "2026-13-01", pricesSchema],
  ["settings", "settings.discount-percent", 10, settingsSchema],
  ["import-claude-code", "files.found", -1, claudeCodeImportSchema],
  ["import-claude-code", "skipped.byReason.malformed-json", 0.5, claudeCodeImportSchema],
  ["import-report", "usd", 1.5, billImportSchema],
  ["import-report", "tokens.output", -1, billImportSchema],
  ["bill-set", "usd", 41204.11, billSetSchema],
  ["import-events", "outcomes.appended", -1, eventsImportSchema],
  ["import-events", "skipped.examples.0.reason", "boring", eventsImportSchema],
  ["import-records", "unclear.examples.0.reason", "boring", recordsImportSchema],
  ["import-records", "stated.0.records", -1, recordsImportSchema],
  ["import-records", "cacheUntold", 0.5, recordsImportSchema],
];

describe("a schema", () => {
  let printed: readonly PrintedDocument[] = [];
  beforeAll(async () => {
    printed = await printedDocuments();
  }, 240_000);

  it.each(LIES)("of %s rejects %s = %j", (name, path, value, schema) => {
    const truth = printed.find((document) => document.name === name && has(document.json, path.split(".")));
    expect(truth, `a document of ${name} with ${path}`).toBeDefined();
    expect(schema.safeParse(truth?.json).success).toBe(true);
    expect(schema.safeParse(withValue(truth?.json, path.split("."), value)).success).toBe(false);
  });
});

function has(json: unknown, [key, ...rest]: readonly string[]): boolean {
  if (key === undefined) return true;
  return typeof json === "object" && json !== null && key in json && has((json as never)[key], rest);
}

function withValue(json: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const copy = structuredClone(json) as Record<string, unknown>;
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}
