import type { Instant } from "@farthing/ledger";
import { lotOf } from "./chance.ts";
import { tokensOf, type TrueBlock, type TrueRequest } from "./true-request.ts";

/** How a prompt is billed; the four sum to its tokens. */
export interface PromptBill {
  readonly uncachedInput: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly cacheRead: number;
}

/** What the API does by chance. */
export interface ApiChance {
  readonly seed: number;
  /** Share of requests for which it finds nothing although it should. */
  readonly missRate: number;
  /** Share of requests of a batch that find what they could find. */
  readonly batchHitShare: number;
}

/**
 * Shortest prefix that is cached.
 *
 * Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching, checked 2026-11-22.
 */
const SHORTEST_CACHED: ReadonlyMap<string, number> = new Map([
  ["claude-opus-5-5", 512],
  ["claude-opus-5", 512],
  ["claude-opus-4-8", 1_024],
  ["claude-opus-4-7", 2_048],
  ["claude-opus-4-6", 4_096],
  ["claude-opus-4-5", 4_096],
  ["claude-sonnet-5-5", 512],
  ["claude-sonnet-5", 1_024],
  ["claude-sonnet-4-6", 1_024],
  ["claude-sonnet-4-5", 1_024],
  ["claude-haiku-5-5", 512],
  ["claude-haiku-4-5", 4_096],
]);

const LOOK_BACK = 20;
const MOST_BREAKPOINTS = 4;
const LIVES_MS = { "5m": 300_000, "1h": 3_600_000 };
const SECTIONS = ["tools", "system", "messages"];

/** A place in the tree of all prompts so far: what is sent up to it is the same for all that pass through. */
interface Place {
  readonly next: Map<string, Place>;
  stored: { livesMs: number; touchedAt: Instant; readableFrom: Instant } | null;
}

/** Bills one request after another, in order of their start. */
export type BillingOracle = (request: TrueRequest) => PromptBill;

/**
 * Says what the API bills for prompts of which every block is known.
 *
 * It judges the advisor's cache simulator, and shares no code with it: this one keeps a tree of prompts.
 *
 * @throws RangeError for requests out of order, prompts that the API refuses, and models that are not known here.
 */
export function billingOracle(chance: ApiChance): BillingOracle {
  const roots = new Map<string, Place>();
  let clock: Instant = Number.NEGATIVE_INFINITY;
  return (request) => {
    if (request.startedAt < clock) throw new RangeError("requests must come in order of their start");
    clock = request.startedAt;
    checkPrompt(request);
    // Nothing is shared across workspaces, models and speeds; and the form of an answer comes before its prompt.
    const root = child(roots, [request.workspace, request.model, request.speed, request.outputFormat ?? ""].join("|"));
    return bill(request, pathOf(root, request), isLucky(request, chance));
  };
}

function bill(request: TrueRequest, path: readonly Place[], mayRead: boolean): PromptBill {
  const { startedAt, firstTokenAt, blocks } = request;
  const total = tokensOf(blocks);
  const ends = runningSums(blocks);
  const shortest = SHORTEST_CACHED.get(request.model) ?? Number.POSITIVE_INFINITY;
  const marks = request.breakpoints.filter(({ block }) => (ends[block] ?? 0) >= shortest);
  const hit = mayRead ? deepest(marks.map(({ block }) => find(path, block, startedAt))) : -1;
  for (const place of path.slice(0, hit + 1)) {
    if (place.stored !== null && lives(place.stored, startedAt)) place.stored.touchedAt = startedAt;
  }
  const a = hit === -1 ? 0 : (ends[hit] ?? 0);
  let b = a;
  let c = a;
  for (const { block, ttl } of marks) {
    const place = path[block];
    if (place === undefined || block <= hit) continue;
    c = ends[block] ?? 0;
    if (ttl === "1h") b = c;
    const others = place.stored !== null && lives(place.stored, startedAt) ? place.stored : null;
    place.stored = {
      livesMs: Math.max(LIVES_MS[ttl], others?.livesMs ?? 0),
      touchedAt: startedAt,
      readableFrom: Math.min(firstTokenAt, others?.readableFrom ?? firstTokenAt),
    };
  }
  return { cacheRead: a, cacheWrite1h: b - a, cacheWrite5m: c - b, uncachedInput: total - c };
}

/** The block, of a breakpoint and those before it, up to which something can be read; -1 where there is none. */
function find(path: readonly Place[], from: number, at: Instant): number {
  for (let block = from; block > from - LOOK_BACK && block >= 0; block -= 1) {
    const stored = path[block]?.stored ?? null;
    if (stored !== null && lives(stored, at) && stored.readableFrom <= at) return block;
  }
  return -1;
}

function deepest(found: readonly number[]): number {
  return found.reduce((most, each) => Math.max(most, each), -1);
}

function lives({ touchedAt, livesMs }: NonNullable<Place["stored"]>, at: Instant): boolean {
  return at < touchedAt + livesMs;
}

/** The places of a prompt's blocks. What changes how messages are read makes other places of them. */
function pathOf(root: Place, request: TrueRequest): readonly Place[] {
  const { thinking, effort, toolChoice, blocks } = request;
  const images = blocks.some(({ kind }) => kind.endsWith("image"));
  const manner = JSON.stringify([thinking, effort, toolChoice, images]);
  let place = root;
  return blocks.map(({ section, id }) => {
    place = child(place.next, section === "messages" ? `${id} ${manner}` : id);
    return place;
  });
}

function child(places: Map<string, Place>, name: string): Place {
  const known = places.get(name);
  if (known !== undefined) return known;
  const made: Place = { next: new Map(), stored: null };
  places.set(name, made);
  return made;
}

function isLucky({ id, tier }: TrueRequest, { seed, missRate, batchHitShare }: ApiChance): boolean {
  const share = (1 - missRate) * (tier === "batch" ? batchHitShare : 1);
  return share === 1 || lotOf(seed, `luck/${id}`) < share;
}

function runningSums(blocks: readonly TrueBlock[]): readonly number[] {
  let sum = 0;
  return blocks.map(({ tokens }) => (sum += tokens));
}

function checkPrompt({ id, model, blocks, breakpoints }: TrueRequest): void {
  if (breakpoints.length > 0 && !SHORTEST_CACHED.has(model))
    throw new RangeError(`${model}: what it caches is unknown`);
  if (breakpoints.length > MOST_BREAKPOINTS) throw new RangeError(`${id}: more than four breakpoints`);
  if (
    breakpoints.some(({ block }, index) => block >= blocks.length || block <= (breakpoints[index - 1]?.block ?? -1))
  ) {
    throw new RangeError(`${id}: breakpoints must be on blocks, in order`);
  }
  if (breakpoints.some(({ ttl }, index) => ttl === "1h" && breakpoints[index - 1]?.ttl === "5m")) {
    throw new RangeError(`${id}: one hour must come before five minutes`);
  }
  const places = blocks.map(({ section }) => SECTIONS.indexOf(section));
  if (places.some((place, index) => place < (places[index - 1] ?? 0))) {
    throw new RangeError(`${id}: tools come first, then system, then messages`);
  }
}
