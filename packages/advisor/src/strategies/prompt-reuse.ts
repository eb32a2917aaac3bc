import type { Instant } from "@farthing/ledger";
import { LIFETIME_MS } from "../cache/cache-rules.ts";
import { ANALYSED_MAX } from "../thresholds.ts";
import { modelOf } from "../trace/model-of.ts";
import type { PrefixTable } from "../trace/prefix-table.ts";
import type { TracePrompt } from "../trace/read-prompts.ts";
import type { Trace, TraceRequest } from "../trace/trace.ts";
import type { Uses } from "./cache-break-even.ts";
import { headEnd, placesIn, type PlaceInMessages, type PromptPlaces } from "./prompt-places.ts";
import type { Situation } from "./strategy.ts";

/** How often what is cached up to a place could be read again. */
interface PlaceUse extends Uses {
  /** Different prefixes among those prompts. */
  readonly distinct: number;
}

/** What the prompts of a workload share, and when they were sent. */
export interface PromptReuse {
  readonly tools: PlaceUse;
  readonly system: PlaceUse;
  /** Prompts, and how many of them begin with all of an earlier one: conversations that grow. */
  readonly newest: Uses;
  /** Up to where in the messages prompts are the same that do not continue each other; null where not at one place. */
  readonly shared: PlaceInMessages | null;
  /** Prompts with breakpoints, and how long before what they ask for had been asked for last. */
  readonly asked: Uses;
  /** The same up to the last breakpoint before the messages. */
  readonly askedInHead: Uses;
  /** Prompts with breakpoints in the messages, and how many of these read at one of them what others had written. */
  readonly askedInMessages: Uses;
}

/** A request whose prompt is known block by block. */
export interface KnownRequest {
  readonly index: number;
  readonly request: TraceRequest;
  readonly prompt: TracePrompt;
  readonly places: PromptPlaces;
  readonly table: PrefixTable;
  /** Shorter prefixes are not cached. */
  readonly minimum: number;
}

const found = new WeakMap<readonly number[], PromptReuse>();

/** What the prompts of a workload share, by its newest requests; found once for each. */
export function promptReuse({ trace, members }: Situation): PromptReuse {
  const before = found.get(members);
  if (before !== undefined) return before;
  const reuse = reuseOf(knownRequests(trace, members));
  found.set(members, reuse);
  return reuse;
}

/** What some prompts share, in order of their start. */
export function reuseOf(requests: Iterable<KnownRequest>): PromptReuse {
  const sums = new ReuseSums();
  for (const each of requests) sums.add(each);
  return sums.result();
}

/** The newest of some requests whose prompts are known, as many as are looked at, in order. */
export function* knownRequests(trace: Trace, members: readonly number[]): Generator<KnownRequest> {
  for (const index of members.slice(-ANALYSED_MAX)) {
    const known = requestAt(trace, index);
    if (known !== null) yield known;
  }
}

/** A request whose prompt is known; null where it is not. */
export function requestAt(trace: Trace, index: number): KnownRequest | null {
  const request = trace.requests[index];
  const prompt = request?.prompt ?? null;
  const table = prompt === null ? undefined : trace.prefixes.get(prompt.key);
  if (request === undefined || prompt === null || table === undefined) return null;
  const minimum = modelOf(request.model)?.cacheMinimumTokens ?? 0;
  return { index, request, prompt, table, minimum, places: placesIn(prompt.blocks, table) };
}

/** What shares a cache, as far as prompts under one key do. */
export function cacheScope({ prompt, request }: Pick<KnownRequest, "prompt" | "request">): string {
  return `${prompt.key} ${request.workspace ?? ""} ${request.cacheKey}`;
}

/** Prefixes that were sent under one scope, and when last. */
interface Seen {
  readonly any: Map<number, Instant>;
  /** Those that end a prompt. */
  readonly whole: Set<number>;
  /** Those that a breakpoint asked to cache, by when they were last part of a prompt. */
  readonly asked: Map<number, Instant>;
}

class ReuseSums {
  readonly #scopes = new Map<string, Seen>();
  readonly #tools = new UseCount();
  readonly #system = new UseCount();
  readonly #newest = new UseCount();
  readonly #asked = new UseCount();
  readonly #askedInHead = new UseCount();
  readonly #askedInMessages = new UseCount();
  readonly #forks = { start: new Map<number, number>(), end: new Map<number, number>(), count: 0 };

  add(known: KnownRequest): void {
    const seen = this.#seenBy(known);
    const { prompt, places, request } = known;
    this.#addHead(known, seen);
    const { prefixes } = prompt.blocks;
    let block = prefixes.length - 1;
    while (block >= 0 && !isRecent(seen.any.get(prefixes[block] ?? 0), request.startedAt)) block -= 1;
    const continues = block > headEnd(places) && seen.whole.has(prefixes[block] ?? 0);
    this.#newest.add(continues ? request.startedAt - (seen.any.get(prefixes[block] ?? 0) ?? 0) : null);
    if (block > headEnd(places) && !continues && isLong(known, block)) this.#addFork(places, block);
    this.#addAsked(known, seen);
    for (const prefix of prefixes) seen.any.set(prefix, request.startedAt);
    seen.whole.add(prefixes[places.newest] ?? 0);
  }

  result(): PromptReuse {
    return {
      tools: this.#tools.result(),
      system: this.#system.result(),
      newest: this.#newest.result(),
      shared: this.#sharedPlace(),
      asked: this.#asked.result(),
      askedInHead: this.#askedInHead.result(),
      askedInMessages: this.#askedInMessages.result(),
    };
  }

  #seenBy(known: KnownRequest): Seen {
    const scope = cacheScope(known);
    const before = this.#scopes.get(scope);
    if (before !== undefined) return before;
    const seen: Seen = { any: new Map(), whole: new Set(), asked: new Map() };
    this.#scopes.set(scope, seen);
    return seen;
  }

  #addHead(known: KnownRequest, { any }: Seen): void {
    const { prompt, places, request } = known;
    for (const [block, count] of [
      [places.tools, this.#tools],
      [places.system, this.#system],
    ] as const) {
      if (block === null || !isLong(known, block)) continue;
      const prefix = prompt.blocks.prefixes[block] ?? 0;
      const at = any.get(prefix);
      count.add(at === undefined ? null : request.startedAt - at, prefix);
    }
  }

  #addFork(places: PromptPlaces, block: number): void {
    const { start, end } = this.#forks;
    const fromStart = block - headEnd(places);
    const fromEnd = places.newest - block;
    start.set(fromStart, (start.get(fromStart) ?? 0) + 1);
    end.set(fromEnd, (end.get(fromEnd) ?? 0) + 1);
    this.#forks.count += 1;
  }

  /** The place at which most prompts stop being the same. */
  #sharedPlace(): PlaceInMessages | null {
    const { start, end, count } = this.#forks;
    const [fromStart, fromEnd] = [mostCommon(start), mostCommon(end)];
    const best =
      fromEnd.count > fromStart.count ? { from: "end" as const, ...fromEnd } : { from: "start" as const, ...fromStart };
    return count === 0 || best.count < count / 2 ? null : { from: best.from, blocks: best.value };
  }

  #addAsked(known: KnownRequest, { asked }: Seen): void {
    const { prompt, places, request } = known;
    const { breakpoints, blocks } = prompt;
    const at = request.startedAt;
    const marked = breakpoints.filter(({ block }) => isLong(known, block));
    const last = marked.at(-1);
    const inHead = marked.findLast(({ block }) => block <= headEnd(places));
    if (last === undefined) return;
    const lastAsked = (from: number): { readonly block: number; readonly age: number | null } => {
      let block = from;
      while (block >= 0 && !isRecent(asked.get(blocks.prefixes[block] ?? 0), at)) block -= 1;
      const before = block < 0 ? undefined : asked.get(blocks.prefixes[block] ?? 0);
      return { block, age: before === undefined ? null : at - before };
    };
    const hit = lastAsked(last.block);
    this.#asked.add(hit.age);
    if (inHead !== undefined) this.#askedInHead.add(lastAsked(inHead.block).age);
    if (last.block > headEnd(places)) this.#askedInMessages.add(hit.block > headEnd(places) ? hit.age : null);
    for (const prefix of blocks.prefixes) if (asked.has(prefix)) asked.set(prefix, at);
    for (const { block } of marked) asked.set(blocks.prefixes[block] ?? 0, at);
  }
}

class UseCount {
  #prompts = 0;
  #inTime = 0;
  #late = 0;
  readonly #distinct = new Set<number>();

  /** @param age How long before it had been sent last; null for never. */
  add(age: Instant | null, prefix = 0): void {
    this.#prompts += 1;
    this.#distinct.add(prefix);
    if (age === null || age >= LIFETIME_MS["1h"]) return;
    if (age < LIFETIME_MS["5m"]) this.#inTime += 1;
    else this.#late += 1;
  }

  result(): PlaceUse {
    return { prompts: this.#prompts, inTime: this.#inTime, late: this.#late, distinct: this.#distinct.size };
  }
}

function isRecent(at: Instant | undefined, now: Instant): boolean {
  return at !== undefined && now - at < LIFETIME_MS["1h"];
}

function isLong({ prompt, minimum }: KnownRequest, block: number): boolean {
  return (prompt.blocks.ends[block] ?? 0) >= Math.max(1, minimum);
}

function mostCommon(counts: ReadonlyMap<number, number>): { readonly value: number; readonly count: number } {
  let best = { value: 0, count: 0 };
  for (const [value, count] of counts) if (count > best.count) best = { value, count };
  return best;
}
