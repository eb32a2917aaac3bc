import { readFileSync } from "node:fs";
import type { CacheLifetime, PromptBill } from "@farthing/advisor";
import { totalCostOf, type PriceBook, type PromptBlock, type ResponseRecorded } from "@farthing/ledger";
import { SimulatedTraffic } from "../../packages/advisor/src/replay/simulated-traffic.ts";
import { billingOracle } from "../self-test/billing-oracle.ts";
import type { TrueRequest } from "../self-test/true-request.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";

/** A request of the trace. Each block is named by all of the prompt up to its end. */
export interface TraceLine {
  readonly timestamp: number;
  readonly input_length: number;
  readonly output_length: number;
  readonly hash_ids: readonly number[];
}

/** What the prompt of each request is billed. */
export type Bills = readonly PromptBill[];

const MODEL = "claude-opus-5";
const START = Date.UTC(2026, 10, 1);
const BLOCK_TOKENS = 512;
const MINIMUM_TOKENS = 512;
const BREAKPOINTS = 4;
/** So that each breakpoint looks back to where the one before it is. */
const BLOCKS_BETWEEN = 20;

export function readTrace(path: string): readonly TraceLine[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as TraceLine);
}

/** By the rules of `farthing simulate`: each block end is cached, and read from the moment it is written. */
export function billsOfEveryBlock(lines: readonly TraceLine[], lifetime: CacheLifetime | null): Bills {
  const traffic = new SimulatedTraffic({ lifetime, blockTokens: BLOCK_TOKENS, minimumTokens: MINIMUM_TOKENS });
  return lines.map(({ timestamp, input_length: promptTokens, hash_ids: ids }) => {
    const prefixes = ids.map((id) => id + 1);
    const { read, written, plain } = traffic.request({ startedAt: timestamp, promptTokens, prefixes });
    return { uncachedInput: plain, cacheRead: read, ...writes(written, lifetime) };
  });
}

/**
 * By the rules of the API, as the self-test's oracle has them: four breakpoints, on the last block and on every twentieth
 * before it, each of which looks back twenty blocks. An answer begins at once.
 */
export function billsOfTheApi(lines: readonly TraceLine[], lifetime: CacheLifetime | null): Bills {
  const oracle = billingOracle({ seed: 1, missRate: 0, batchHitShare: 1 });
  return lines.map((line, number) => {
    return oracle({
      ...PLAIN_REQUEST,
      id: String(number),
      blocks: blocksOf(line).map((block) => ({
        ...block,
        id: block.hash,
        estimatedTokens: block.tokens,
        role: "static",
      })),
      breakpoints: lifetime === null ? [] : breakpointsOf(line).map((block) => ({ block, ttl: lifetime })),
      startedAt: START + line.timestamp,
      firstTokenAt: START + line.timestamp,
      completedAt: START + line.timestamp,
      outputTokens: line.output_length,
    });
  });
}

/** What all requests come to. */
export function costOfBills(lines: readonly TraceLine[], bills: Bills, book: PriceBook): bigint {
  return lines.reduce((sum, line, place) => {
    const usage = aUsage({ ...bills[place], output: line.output_length });
    return sum + (totalCostOf(usage, MODEL, START + line.timestamp, book) ?? 0n);
  }, 0n);
}

/** The traffic as it is recorded, every prompt with its fingerprint, and cached as its bills say. */
export function recordedTraffic(
  lines: readonly TraceLine[],
  bills: Bills,
  { lifetime, fingerprinted }: { readonly lifetime: CacheLifetime; readonly fingerprinted: boolean },
): readonly ResponseRecorded[] {
  return lines.map((line, place) => {
    const at = new Date(START + line.timestamp).toISOString();
    const message = `msg_${String(place).padStart(6, "0")}`;
    const event = aRequestCompleted({
      id: `msg:${message}`,
      occurredAt: at,
      requestedModel: MODEL,
      servedModel: MODEL,
      usage: aUsage({ ...bills[place], output: line.output_length }),
      ids: { message },
      timing: { startedAt: at, startedAtProvenance: "reported", firstTokenAt: at },
      context: { service: "chat" },
    });
    if (!fingerprinted) return event;
    const marked = new Set(breakpointsOf(line));
    const blocks = blocksOf(line).map((block, index): PromptBlock =>
      marked.has(index) ? { ...block, ttl: lifetime } : block,
    );
    return { ...event, prompt: { key: "key-1", blocks } };
  });
}

function blocksOf({ input_length: length, hash_ids: ids }: TraceLine): readonly PromptBlock[] {
  return ids.map((id, place) => ({
    section: "messages",
    kind: "user.text",
    hash: id.toString(16).padStart(16, "0"),
    tokens: Math.min(BLOCK_TOKENS, length - place * BLOCK_TOKENS),
  }));
}

/** In order of their blocks. */
function breakpointsOf({ hash_ids: ids }: TraceLine): readonly number[] {
  const places = Array.from({ length: BREAKPOINTS }, (_, before) => ids.length - 1 - before * BLOCKS_BETWEEN);
  return places.filter((place) => place >= 0).reverse();
}

function writes(written: number, lifetime: CacheLifetime | null): Pick<PromptBill, "cacheWrite5m" | "cacheWrite1h"> {
  return lifetime === "1h" ? { cacheWrite5m: 0, cacheWrite1h: written } : { cacheWrite5m: written, cacheWrite1h: 0 };
}

/** What all requests of the trace have in common. */
const PLAIN_REQUEST: Omit<
  TrueRequest,
  "id" | "blocks" | "breakpoints" | "startedAt" | "firstTokenAt" | "completedAt" | "outputTokens"
> = {
  service: "chat",
  session: null,
  workspace: "",
  model: MODEL,
  speed: "standard",
  geo: "global",
  tier: "standard",
  maxTokens: 4096,
  thinking: null,
  effort: null,
  toolChoice: "auto",
  outputFormat: null,
  stream: true,
  thinkingTokens: 0,
  stopReason: "end_turn",
  webSearches: 0,
  attempt: 0,
  completed: true,
  needless: null,
  burst: null,
};
