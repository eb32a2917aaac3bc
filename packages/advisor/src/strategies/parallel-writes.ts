import type { Instant } from "@farthing/ledger";
import { LIFETIME_MS } from "../cache/cache-rules.ts";
import type { Breakpoint } from "../trace/counterfactual-prompt.ts";
import type { Trace, TraceRequest } from "../trace/trace.ts";
import { cacheScope, requestAt, type KnownRequest } from "./prompt-reuse.ts";
import type { Situation } from "./strategy.ts";

/** Requests that wrote what another one had begun to write, because its answer had not begun. */
export interface ParallelWrites {
  /** By place in the trace, how much later a request starts, in ms: it waits, or continues one that does. */
  readonly delays: ReadonlyMap<number, number>;
  /** How long each of these requests waits for another, in ms, in ascending order. */
  readonly waits: readonly number[];
  /** For how many requests others wait. */
  readonly bursts: number;
  readonly first: Instant;
  readonly last: Instant;
}

interface Entry {
  readonly lifetimeMs: number;
  readonly readableAt: Instant;
  readonly writer: number;
  usedAt: Instant;
}

/**
 * Finds requests that could read what another one writes if they waited until its answer begins.
 *
 * Requests of a batch are not among them: nobody decides when these start.
 *
 * @param breakpointsOf Where a request asks for caching, in order of blocks.
 */
export function parallelWrites(
  { trace, members }: Situation,
  breakpointsOf: (known: KnownRequest) => readonly Breakpoint[],
): ParallelWrites {
  const entriesOf = new Map<string, Map<number, Entry>>();
  const delays = new Map<number, number>();
  const waits: number[] = [];
  const writers = new Set<number>();
  let [first, last] = [Infinity, -Infinity];
  for (const index of members) {
    const known = requestAt(trace, index);
    if (known === null || known.request.usage.serviceTier === "batch") continue;
    const { request, minimum, prompt } = known;
    const marked = breakpointsOf(known).filter(({ block }) => (prompt.blocks.ends[block] ?? 0) >= Math.max(1, minimum));
    if (marked.length === 0) continue;
    const entries = entriesOf.get(cacheScope(known)) ?? new Map<number, Entry>();
    entriesOf.set(cacheScope(known), entries);
    const before = delayByPrevious(trace, request, delays);
    const awaited = worthWaitingFor(known, marked, entries, request.startedAt + before);
    const wait = awaited === null ? 0 : awaited.readableAt - request.startedAt - before;
    if (awaited !== null) {
      waits.push(wait);
      writers.add(awaited.writer);
      first = Math.min(first, request.startedAt);
      last = Math.max(last, request.startedAt);
    }
    if (before + wait > 0) delays.set(index, before + wait);
    enter(known, marked, entries, before + wait);
  }
  return { delays, waits: waits.sort((a, b) => a - b), bursts: writers.size, first, last };
}

/** A request starts no sooner than the answer ends that it continues; a pause between them takes up a delay. */
function delayByPrevious(
  trace: Trace,
  { prefix, startedAt }: TraceRequest,
  delays: ReadonlyMap<number, number>,
): number {
  const delay = prefix.previous === null ? 0 : (delays.get(prefix.previous) ?? 0);
  const previous = prefix.previous === null || delay === 0 ? undefined : trace.requests[prefix.previous];
  // Where they overlapped as recorded, no more than the delay is added.
  return previous === undefined ? 0 : Math.min(delay, Math.max(0, previous.occurredAt + delay - startedAt));
}

/** What is being written of a request's prompt, where that is longer than what can be read already. */
function worthWaitingFor(
  { prompt, minimum }: KnownRequest,
  marked: readonly Breakpoint[],
  entries: ReadonlyMap<number, Entry>,
  at: Instant,
): Entry | null {
  const { prefixes, ends } = prompt.blocks;
  let awaited: { readonly entry: Entry; readonly tokens: number } | null = null;
  for (let block = marked.at(-1)?.block ?? -1; block >= 0; block -= 1) {
    const entry = entries.get(prefixes[block] ?? 0);
    if (entry === undefined || !isAlive(entry, at)) continue;
    const tokens = ends[block] ?? 0;
    if (entry.readableAt <= at) return awaited !== null && awaited.tokens - tokens >= minimum ? awaited.entry : null;
    awaited ??= { entry, tokens };
  }
  return awaited?.entry ?? null;
}

/** Reads keep alive what is there; what is not there is written. */
function enter(
  { index, request, prompt }: KnownRequest,
  marked: readonly Breakpoint[],
  entries: Map<number, Entry>,
  delay: number,
): void {
  const at = request.startedAt + delay;
  for (const prefix of prompt.blocks.prefixes) {
    const entry = entries.get(prefix);
    if (entry !== undefined && isAlive(entry, at)) entry.usedAt = at;
  }
  for (const { block, ttl } of marked) {
    const prefix = prompt.blocks.prefixes[block] ?? 0;
    const present = entries.get(prefix);
    if (present !== undefined && isAlive(present, at)) continue;
    const readableAt = request.firstTokenAt + delay;
    entries.set(prefix, { lifetimeMs: LIFETIME_MS[ttl], readableAt, writer: index, usedAt: at });
  }
}

function isAlive({ usedAt, lifetimeMs }: Entry, at: Instant): boolean {
  return at - usedAt < lifetimeMs;
}
