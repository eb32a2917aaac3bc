import { pathToFileURL } from "node:url";
import { join } from "node:path";
import type { BenchContext, Benchmark } from "./benchmark.ts";
import { inTurns } from "./measure.ts";
import { BENCH_FOLDER } from "./rivals.ts";
import { figure, size, table, times } from "./show.ts";
import { syntheticTraffic, type Traffic } from "./simulate/traffic.ts";

/** What of `@farthing/advisor` is measured, without the rest of it. */
interface Cache {
  readonly bytes: number;
  request(startedAt: number, prefixes: ArrayLike<number>, from: number, to: number): number;
}

interface EveryBlock {
  readonly EveryBlockCache: new (lifetime: "5m" | "1h") => Cache;
}

const MODULE = pathToFileURL(join(BENCH_FOLDER, "../../packages/advisor/dist/cache/every-block-cache.js")).href;
const REQUESTS = 10_000_000;
const LIFETIME_MS = 5 * 60 * 1000;
const GOAL = 2_000_000;

/** Prompts of 16 boundaries through a cache of every block, beside the same over a `Map` that is swept. */
export const simulateBenchmark: Benchmark = {
  name: "simulate",
  title: "Simulation of a cache: 16 boundaries a request, lifetime 5m",
  async run(context) {
    const { EveryBlockCache } = (await import(MODULE)) as EveryBlock;
    const farthing = (): Simulated => simulate(context, REQUESTS, new EveryBlockCache("5m"));
    const results = new Map<string, Simulated>();
    const nanoseconds = await inTurns(Math.min(3, context.rounds), {
      farthing: () => kept(results, "farthing", farthing()),
      map: () => kept(results, "map", simulate(context, REQUESTS / 10, new MapCache())),
    });
    const rows = (["farthing", "map"] as const).map((name) => {
      const { requests, megabytes, hits } = results.get(name) ?? NOTHING;
      const perSecond = figure(1000 / nanoseconds[name]);
      const beside = times(nanoseconds[name], nanoseconds.farthing);
      return [NAMES[name], size(requests), perSecond, figure(megabytes), figure((100 * hits) / requests), beside];
    });
    const head = ["", "requests", "M requests/s", "MB held at most", "% with hits", "time to farthing"];
    for (const line of table([head, ...rows])) context.print(line);
    const perSecond = 1e9 / nanoseconds.farthing;
    context.found({
      row: "simulate",
      goal: "10M requests with 16 boundaries at 2M requests/s of processor time",
      figure: `${figure(perSecond / 1e6)}M requests/s, ${times(nanoseconds.map, nanoseconds.farthing)} as fast as a Map`,
      holds: perSecond >= GOAL,
    });
  },
};

const NAMES = { farthing: "every-block cache", map: "Map of last uses, swept once a lifetime" } as const;

interface Simulated {
  readonly requests: number;
  readonly nanoseconds: number;
  readonly megabytes: number;
  /** Requests that read anything. */
  readonly hits: number;
}

const NOTHING: Simulated = { requests: 0, nanoseconds: NaN, megabytes: NaN, hits: 0 };

function kept(results: Map<string, Simulated>, name: string, result: Simulated): number {
  results.set(name, result);
  return result.nanoseconds;
}

/** Processor time of the cache alone: traffic is made between the parts that are measured. */
function simulate({ seed }: BenchContext, requests: number, cache: Cache): Simulated {
  const traffic = syntheticTraffic(seed);
  let spent = 0;
  let bytes = 0;
  let hits = 0;
  for (let done = 0; done < requests; done += traffic.startedAt.length) {
    traffic.next();
    const before = process.cpuUsage();
    hits += send(cache, traffic);
    const { user, system } = process.cpuUsage(before);
    spent += user + system;
    bytes = Math.max(bytes, cache.bytes);
  }
  return { requests, nanoseconds: (spent * 1000) / requests, megabytes: bytes / 1e6, hits };
}

function send(cache: Cache, { startedAt, prefixes, boundaries }: Traffic): number {
  let hits = 0;
  for (let index = 0; index < startedAt.length; index += 1) {
    const from = index * boundaries;
    if (cache.request(startedAt[index] ?? 0, prefixes, from, from + boundaries) > 0) hits += 1;
  }
  return hits;
}

/** About what an entry of a `Map` of numbers takes: its key, its value on the heap, and its place in two lists. */
const MAP_ENTRY_BYTES = 56;

/** The same rules, as they are written down first. */
class MapCache implements Cache {
  readonly #usedAt = new Map<number, number>();
  #sweptAt = 0;

  get bytes(): number {
    return this.#usedAt.size * MAP_ENTRY_BYTES;
  }

  request(startedAt: number, prefixes: ArrayLike<number>, from: number, to: number): number {
    if (startedAt - this.#sweptAt >= LIFETIME_MS) {
      this.#sweptAt = startedAt;
      for (const [prefix, usedAt] of this.#usedAt) if (startedAt - usedAt >= LIFETIME_MS) this.#usedAt.delete(prefix);
    }
    let read = 0;
    for (let block = from; block < to; block += 1) {
      const prefix = prefixes[block] ?? 0;
      const usedAt = this.#usedAt.get(prefix);
      if (usedAt !== undefined && startedAt - usedAt < LIFETIME_MS) read = block - from + 1;
      this.#usedAt.set(prefix, startedAt);
    }
    return read;
  }
}
