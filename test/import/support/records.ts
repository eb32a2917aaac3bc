import type { RecordFile, RecordsReport } from "@farthing/adapters/litellm";
import { importLangfuse } from "@farthing/adapters/langfuse";
import { importLitellm } from "@farthing/adapters/litellm";
import { costOf, formatUsd, isEventOf, listPriceBook, type RequestFailed, type TokenBuckets } from "@farthing/ledger";
import { MemoryLedger } from "./memory-ledger.ts";

/** Opus 5, per million tokens: $5 uncached, $0.50 read, $6.25 and $10 written for five minutes and an hour, $25 output. */
export const MODEL = "claude-opus-5";
export const START = "2026-10-01T10:00:00.000Z";
export const END = "2026-10-01T10:00:04.000Z";

/** A prompt and an answer that nobody may keep, and whose they are. */
export const SECRETS = [
  "the quick brown prompt",
  "a lazy answer",
  "sk-live-1234567890abcdef",
  "ada@example.com",
] as const;
export const [PROMPT, ANSWER, KEY, ADDRESS] = SECRETS;

/** What a call used, as the API counts it. */
export interface Used {
  readonly uncached: number;
  readonly reads: number;
  readonly write5m: number;
  readonly write1h: number;
  readonly output: number;
}

/** 1,000 × $5 + 10,000 × $0.50 + 2,000 × $6.25 + 400 × $25, by the million: $0.0325. */
export const USED: Used = { uncached: 1000, reads: 10_000, write5m: 2000, write1h: 0, output: 400 };
export const USED_USD = 0.0325;

export function bucketsOf({ uncached, reads, write5m, write1h, output }: Used): TokenBuckets {
  return { uncachedInput: uncached, cacheRead: reads, cacheWrite5m: write5m, cacheWrite1h: write1h, output };
}

/** A file in memory, read in pieces of so many bytes. */
export function aFile(name: string, content: string | Uint8Array, pieceBytes = 65_536): RecordFile {
  const bytes = Buffer.from(content);
  async function* open(): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < bytes.byteLength; start += pieceBytes)
      yield await Promise.resolve(bytes.subarray(start, start + pieceBytes));
  }
  return { name, open };
}

const IMPORTS = { litellm: importLitellm, langfuse: importLangfuse };

export interface Imported {
  readonly ledger: MemoryLedger;
  readonly report: RecordsReport;
}

/** Imports files, each given by its text or by the rows of a JSON array. */
export async function imported(
  source: keyof typeof IMPORTS,
  contents: readonly (string | readonly object[])[],
  ledger: MemoryLedger = new MemoryLedger(),
): Promise<Imported> {
  const files = contents.map((content, index) =>
    aFile(`file-${String(index + 1)}`, typeof content === "string" ? content : JSON.stringify(content)),
  );
  return { ledger, report: await IMPORTS[source]({ ledger, files }) };
}

/** The buckets of every response. */
export function bucketsIn(ledger: MemoryLedger): readonly TokenBuckets[] {
  return ledger.responses().flatMap(({ usage }) => usage.parts.map(({ tokens }) => tokens));
}

export function failuresIn(ledger: MemoryLedger): readonly RequestFailed[] {
  return [...ledger.events.values()].filter((event) => isEventOf(event, "RequestFailed"));
}

/** What all responses cost, each at list prices; null where one has no price. */
export function costsIn(ledger: MemoryLedger): readonly (string | null)[] {
  return ledger.responses().map(({ usage, servedModel, occurredAt }) => {
    const { total } = costOf(usage, servedModel, Date.parse(occurredAt), listPriceBook());
    return total === null ? null : formatUsd(total);
  });
}
