import { RESPONSES_MIN, VOLATILE_SHARE_MIN } from "../thresholds.ts";
import type { PrefixTable } from "../trace/prefix-table.ts";
import { cacheScope, knownRequests, type KnownRequest } from "./prompt-reuse.ts";
import type { Situation } from "./strategy.ts";

/** A place of a prompt's beginning, counted within its section from 0. */
export type Slot = `${"tools" | "system" | "messages"} ${number}`;

/** A block that is another one from request to request, with blocks behind it that stay the same. */
export interface VolatileBlock {
  readonly slot: Slot;
  readonly section: "system" | "messages";
  /** Its place within the section, from 1. */
  readonly place: number;
  readonly kind: string;
  /** Its own, in the mean. */
  readonly tokens: number;
  /** Of so many requests that have it, so many had another one than the request before. */
  readonly requests: number;
  readonly changes: number;
  /** Tokens behind it that more than twice as many requests share, in the mean. */
  readonly sharedTokens: number;
}

/** What keeps the prompts of a workload from beginning alike. */
export interface UnstablePrefix {
  readonly blocks: readonly VolatileBlock[];
  /** In how many orders the same tools come; null where one order for all would not help. */
  readonly toolOrders: { readonly orders: number; readonly sets: number; readonly changes: number } | null;
  /** How many of the requests have a block, by what it is. */
  readonly counts: ReadonlyMap<string, number>;
}

/** So much of a prompt is looked at: what comes later hardly stands in the way of anything. */
const BLOCKS_LOOKED_AT = 60;
const TWICE = 2;

/** What a block is, without what comes before it; null for a run that was left out. */
export function identityOf(prefix: number, table: PrefixTable): string | null {
  const block = table.blockOf(prefix);
  return block === null ? null : `${block.section} ${block.kind} ${block.hash}`;
}

/** Finds what changes at the beginning of a workload's prompts while what follows it is equal, block by block. */
export function unstablePrefix({ trace, members }: Situation): UnstablePrefix {
  const counts = new Map<string, number>();
  const identities: Identities = new Map();
  for (const known of knownRequests(trace, members)) {
    for (const { identity } of beginning(known, identities)) counts.set(identity, (counts.get(identity) ?? 0) + 1);
  }
  const slots = new Map<Slot, SlotSums>();
  const tools = new ToolOrders(counts);
  for (const known of knownRequests(trace, members)) {
    const blocks = beginning(known, identities);
    tools.add(known, blocks);
    for (const block of blocks) {
      if (!block.isFront) continue;
      const sums = slots.get(block.slot) ?? new SlotSums(block);
      slots.set(block.slot, sums);
      sums.add(block, sharedBehind(block, blocks, counts), known);
    }
  }
  return {
    blocks: [...slots.values()].map((sums) => sums.result()).filter((block) => block !== null),
    toolOrders: tools.result(),
    counts,
  };
}

interface FrontBlock {
  readonly index: number;
  readonly identity: string;
  readonly slot: Slot;
  readonly section: "tools" | "system" | "messages";
  readonly place: number;
  readonly kind: string;
  readonly tokens: number;
  /** Whether it comes before the first answer. */
  readonly isFront: boolean;
}

/** What the blocks at the ends of prefixes are, of each table: many prompts begin with the same ones. */
type Identities = Map<PrefixTable, Map<number, string | null>>;

/** The first blocks of a prompt, up to a run that was left out. */
function beginning({ prompt, table }: KnownRequest, identities: Identities): readonly FrontBlock[] {
  const { prefixes, ends } = prompt.blocks;
  const known = identities.get(table) ?? new Map<number, string | null>();
  identities.set(table, known);
  const found: FrontBlock[] = [];
  const places = { tools: 0, system: 0, messages: 0 };
  let isFront = true;
  for (let index = 0; index < Math.min(prefixes.length, BLOCKS_LOOKED_AT); index += 1) {
    const prefix = prefixes[index] ?? 0;
    const block = table.kindOf(prefix);
    const identity = known.get(prefix) ?? identityOf(prefix, table);
    known.set(prefix, identity);
    if (block === null || identity === null) break;
    if (block.section === "messages" && !block.kind.startsWith("user.")) isFront = false;
    const place = places[block.section];
    places[block.section] += 1;
    const tokens = (ends[index] ?? 0) - (index === 0 ? 0 : (ends[index - 1] ?? 0));
    const { section, kind } = block;
    found.push({ index, identity, slot: `${section} ${place}`, section, place, kind, tokens, isFront });
  }
  return found;
}

/** Tokens behind a block that at least twice as many requests have. */
function sharedBehind(block: FrontBlock, blocks: readonly FrontBlock[], counts: ReadonlyMap<string, number>): number {
  const own = counts.get(block.identity) ?? 0;
  let tokens = 0;
  for (let index = block.index + 1; index < blocks.length; index += 1) {
    const later = blocks[index];
    if (later !== undefined && (counts.get(later.identity) ?? 0) >= TWICE * own) tokens += later.tokens;
  }
  return tokens;
}

class SlotSums {
  readonly #first: FrontBlock;
  readonly #last = new Map<string, string>();
  #requests = 0;
  #changes = 0;
  #inTheWay = 0;
  #tokens = 0;
  #shared = 0;

  constructor(first: FrontBlock) {
    this.#first = first;
  }

  add(block: FrontBlock, shared: number, known: KnownRequest): void {
    const scope = cacheScope(known);
    const before = this.#last.get(scope);
    this.#last.set(scope, block.identity);
    this.#requests += 1;
    this.#tokens += block.tokens;
    if (before !== undefined && before !== block.identity) this.#changes += 1;
    if (shared < Math.max(1, known.minimum)) return;
    this.#inTheWay += 1;
    this.#shared += shared;
  }

  result(): VolatileBlock | null {
    const { slot, section, place, kind } = this.#first;
    const requests = this.#requests;
    if (section === "tools" || requests < RESPONSES_MIN) return null;
    if (this.#inTheWay * TWICE < requests || this.#changes < requests * VOLATILE_SHARE_MIN) return null;
    return {
      slot,
      section,
      place: place + 1,
      kind,
      requests,
      changes: this.#changes,
      tokens: Math.round(this.#tokens / requests),
      sharedTokens: Math.round(this.#shared / this.#inTheWay),
    };
  }
}

/** Where a tool comes among others when all requests have them in one order: the common ones first. */
export function compareTools(a: string, b: string, counts: ReadonlyMap<string, number>): number {
  return (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (a < b ? -1 : a === b ? 0 : 1);
}

class ToolOrders {
  readonly #counts: ReadonlyMap<string, number>;
  readonly #orders = new Set<string>();
  readonly #sets = new Set<string>();
  readonly #last = new Map<string, string>();
  #requests = 0;
  #changes = 0;

  constructor(counts: ReadonlyMap<string, number>) {
    this.#counts = counts;
  }

  add(known: KnownRequest, blocks: readonly FrontBlock[]): void {
    const tools = blocks.filter(({ section }) => section === "tools").map(({ identity }) => identity);
    if (tools.length < 2) return;
    const order = tools.join("\n");
    const scope = cacheScope(known);
    const before = this.#last.get(scope);
    this.#last.set(scope, order);
    this.#requests += 1;
    if (before !== undefined && before !== order) this.#changes += 1;
    this.#orders.add(order);
    this.#sets.add(tools.sort((a, b) => compareTools(a, b, this.#counts)).join("\n"));
  }

  result(): UnstablePrefix["toolOrders"] {
    const [orders, sets, changes] = [this.#orders.size, this.#sets.size, this.#changes];
    if (this.#requests < RESPONSES_MIN || sets >= orders) return null;
    return changes < this.#requests * VOLATILE_SHARE_MIN ? null : { orders, sets, changes };
  }
}
