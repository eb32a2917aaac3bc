import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import {
  costOf,
  formatInstant,
  formatUsd,
  money,
  totalCostOf,
  type Instant,
  type Money,
  type PriceBook,
  type PricedUsage,
  type UnpricedReason,
} from "@farthing/ledger";
import type { CacheLifetime } from "../../cache/cache-rules.ts";
import { SimulatedTraffic, type SimulatedPrompt } from "../../replay/simulated-traffic.ts";
import { modelOf } from "../../trace/model-of.ts";
import { UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { nowOf } from "../flags/selection.ts";
import { parseInstantFlag } from "../flags/time-options.ts";
import { priceBookFor, type PriceBookFlags } from "../input/price-book-for.ts";
import { readLineBatches } from "../input/read-lines.ts";
import { parseTrafficLine } from "../input/traffic-lines.ts";
import type { CommandIo } from "../io.ts";
import { warn } from "../messages.ts";
import { displayQuantity } from "../output/format-values.ts";
import { writeJson, writeLines } from "../output/output.ts";
import { renderSimulation, type Simulation } from "../output/render-simulation.ts";

/** Read at once. */
const CHUNK_BYTES = 1 << 20;

export interface SimulateFlags extends PriceBookFlags {
  readonly trace: string;
  readonly model: string;
  readonly ttl: CacheLifetime | "none";
  readonly blockTokens: number;
  readonly at?: string;
  readonly format: "text" | "json";
}

/** `farthing simulate`: what traffic that is known by its blocks alone would cost with a lifetime of caching. */
export async function simulate(io: CommandIo, flags: SimulateFlags): Promise<ExitCode> {
  const at = flags.at === undefined ? nowOf(io, flags) : parseInstantFlag(flags.at, "--at");
  const traffic = new SimulatedTraffic({
    lifetime: flags.ttl === "none" ? null : flags.ttl,
    blockTokens: flags.blockTokens,
    minimumTokens: flags.ttl === "none" ? 0 : minimumOf(flags.model),
  });
  const book = await priceBookFor(io, flags);
  const simulation = await simulated(io, flags, traffic, new Bill(flags.model, flags.ttl, at, book));
  if (flags.format === "json") writeJson(io.stdout, toJson(simulation, flags, at));
  else writeLines(io.stdout, renderSimulation(simulation, { ...flags, at }));
  return EXIT.done;
}

function minimumOf(model: string): number {
  const minimum = modelOf(model)?.cacheMinimumTokens ?? null;
  if (minimum !== null) return minimum;
  throw new UsageError(
    `--model: how long a prefix of ${model} must be to be cached is not known; --ttl none needs no such length`,
  );
}

async function simulated(
  io: CommandIo,
  { trace, blockTokens }: SimulateFlags,
  traffic: SimulatedTraffic,
  bill: Bill,
): Promise<Simulation> {
  const sums = { requests: 0, blocks: 0, readBlocks: 0, read: 0, write: 0, plain: 0, output: 0 };
  const name = trace === "-" ? "stdin" : trace;
  let now = 0;
  let outOfOrder = 0;
  for await (const lines of readLineBatches(trace === "-" ? io.stdin : streamOf(resolve(io.cwd, trace)))) {
    for (const { line, text } of lines) {
      if (text.trim() === "") continue;
      const request = parseTrafficLine(text, blockTokens, `${name}:${String(line)}`);
      if (request.startedAt < now) outOfOrder += 1;
      now = Math.max(now, request.startedAt);
      const prompt = traffic.request({ ...request, startedAt: now });
      bill.add(prompt, request.outputTokens);
      sums.requests += 1;
      sums.blocks += request.prefixes.length;
      sums.readBlocks += prompt.readBlocks;
      sums.read += prompt.read;
      sums.write += prompt.written;
      sums.plain += prompt.plain;
      sums.output += request.outputTokens;
    }
  }
  if (outOfOrder > 0) warn(io, `${name}: ${outOfOrderWords(outOfOrder)}`);
  const { requests, blocks, readBlocks, ...tokens } = sums;
  return { requests, blocks, readBlocks, tokens, usd: bill.total, reason: bill.reason };
}

function outOfOrderWords(count: number): string {
  return `${displayQuantity(count, "line")} dated before a line above: taken for sent at the time of that one`;
}

function streamOf(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path, { highWaterMark: CHUNK_BYTES });
}

/** Adds up costs request by request, as a price can depend on the length of a prompt. */
class Bill {
  reason: UnpricedReason | null = null;
  readonly #model: string;
  readonly #ttl: SimulateFlags["ttl"];
  readonly #at: Instant;
  readonly #book: PriceBook;
  #total = 0n;

  constructor(model: string, ttl: SimulateFlags["ttl"], at: Instant, book: PriceBook) {
    this.#model = model;
    this.#ttl = ttl;
    this.#at = at;
    this.#book = book;
  }

  get total(): Money | null {
    return this.reason === null ? money(this.#total) : null;
  }

  add({ read, written, plain }: SimulatedPrompt, output: number): void {
    const tokens = {
      uncachedInput: plain,
      cacheWrite5m: this.#ttl === "5m" ? written : 0,
      cacheWrite1h: this.#ttl === "1h" ? written : 0,
      cacheRead: read,
      output,
    };
    const usage: PricedUsage = { ...STANDARD, parts: [{ kind: "response", iteration: null, model: null, tokens }] };
    const cost = totalCostOf(usage, this.#model, this.#at, this.#book);
    if (cost === null) this.reason ??= costOf(usage, this.#model, this.#at, this.#book).reason;
    else this.#total += cost;
  }
}

const STANDARD = {
  webSearchRequests: 0,
  serviceTier: "standard",
  inferenceGeo: "global",
  speed: "standard",
  notes: [],
} as const;

function toJson({ reason, usd, ...sums }: Simulation, { model, ttl, blockTokens }: SimulateFlags, at: Instant): object {
  return {
    model,
    ttl,
    blockTokens,
    at: formatInstant(at),
    ...sums,
    usd: usd === null ? null : formatUsd(usd),
    ...(reason === null ? {} : { reason }),
  };
}
