import {
  matchModel,
  modelById,
  money,
  MODELS,
  TOKEN_BUCKETS,
  type Instant,
  type Model,
  type Money,
  type PriceBook,
  type TokenBucket,
} from "@farthing/ledger";
import type { BilledLine } from "./billed-lines.ts";
import type { Ceiling, Lever, NoCeilingReason } from "./day-zero.ts";
import { rateOf, type ChargedAs } from "./token-rates.ts";

/** What prices say of changes that could be made now. */
export interface CeilingPrices {
  readonly book: PriceBook;
  /** As `cheapestModel` says, each answer reckoned once: many rows ask the same. */
  readonly cheapest: (model: string, item: TokenBucket, charged: ChargedAs) => CheapestModel | "not-known" | null;
}

/** A model, and what one of its tokens costs. */
interface CheapestModel {
  readonly id: string;
  readonly rate: Money;
}

export function ceilingPrices(book: PriceBook, now: Instant): CeilingPrices {
  const known = new Map<string, CheapestModel | "not-known" | null>();
  return {
    book,
    cheapest: (model, item, charged) => {
      const key = JSON.stringify([model, item, charged]);
      const held = known.get(key);
      if (held !== undefined) return held;
      const found = cheapestModel(model, item, charged, book, now);
      known.set(key, found);
      return found;
    },
  };
}

/** By lever; null where it cannot be told how much of the lines it concerns. A lever that is absent concerns none. */
type Ceilings = ReadonlyMap<Lever, Omit<Ceiling, "lever" | "usd"> & { readonly usd: Money | null }>;

/**
 * The most that single changes could save of lines that are alike in model and kind of token: their amount times what the
 * price would fall by. Where one of the lines leaves open what a lever could do, so do all.
 *
 * @param usd What the lines come to. Corrections among them can be negative, and no ceiling is above the rest.
 */
export function ceilingsOf(
  lines: readonly BilledLine[],
  usd: Money | null,
  prices: CeilingPrices,
): { readonly ceilings: readonly Ceiling[]; readonly noCeiling: NoCeilingReason | null } {
  const none = (noCeiling: NoCeilingReason): ReturnType<typeof ceilingsOf> => ({ ceilings: [], noCeiling });
  if (usd === null) return none("no-price");
  if (usd <= 0n) return none("not-charged");
  const [first] = lines;
  if (first === undefined || first.item === "unnamed") return none("kind-not-told");
  if (!isTokens(first.item)) return none("no-lever");
  if (first.model === null) return none("model-not-told");
  if (lines.some(({ atLeast }) => atLeast)) return none("amount-at-least");
  const summed = new Map<Lever, Omit<Ceiling, "lever" | "usd"> & { readonly usd: Money | null }>();
  let isPriced = true;
  for (const line of lines) {
    if (line.usd === null || line.usd <= 0n) continue;
    const found = ceilingsOfLine(line, line.usd, first.model, first.item, prices);
    if (found === null) isPriced = false;
    for (const [lever, one] of found ?? []) {
      const held = summed.get(lever);
      const isOpen = one.usd === null || held?.usd === null;
      const together = isOpen ? null : money((held?.usd ?? 0n) + (one.usd ?? 0n));
      summed.set(lever, { usd: together, model: held?.model ?? one.model });
    }
  }
  if (!isPriced) return none("no-price");
  const ceilings = [...summed].flatMap(([lever, { usd: most, model }]) =>
    most === null || most <= 0n ? [] : [{ lever, model, usd: most < usd ? most : usd }],
  );
  if (ceilings.length === 0) return none("no-lever");
  return { ceilings: ceilings.sort((a, b) => (a.usd === b.usd ? 0 : a.usd > b.usd ? -1 : 1)), noCeiling: null };
}

/** Null where the line's own price is not known. */
function ceilingsOfLine(
  { at, charged, prompts: lengths }: BilledLine,
  usd: Money,
  model: string,
  item: TokenBucket,
  { book, cheapest }: CeilingPrices,
): Ceilings | null {
  // Of prompts whose length is not told, the ones that leave the most to save.
  const most = (target: TokenBucket, as: ChargedAs): Money | null => {
    const saved = lengths.map((prompt) => {
      const from = rateOf(book, { model, item, at }, charged, prompt);
      const to = rateOf(book, { model, item: target, at }, as, prompt);
      return typeof from === "bigint" && typeof to === "bigint" ? savedOf(usd, from, to) : null;
    });
    return saved.reduce<Money | null>((max, one) => (one === null || (max !== null && max >= one) ? max : one), null);
  };
  const rates = lengths.map((prompt) => rateOf(book, { model, item, at }, charged, prompt));
  const [least, highest] = [rates[0], rates.at(-1)];
  if (typeof least !== "bigint" || typeof highest !== "bigint") return null;
  const found = new Map<Lever, { readonly usd: Money | null; readonly model: string | null }>();
  const add = (lever: Lever, saved: Money | null): void => {
    if (saved !== null && saved > 0n) found.set(lever, { usd: saved, model: null });
  };
  if (COULD_BE_READ.includes(item)) add("cache-reads", most("cacheRead", charged));
  if (item === "cacheWrite1h") add("cache-writes-5m", most("cacheWrite5m", charged));
  if (charged.serviceTier === null) found.set("batch", { usd: null, model: null });
  else if (charged.serviceTier === "standard" && charged.speed !== "fast") {
    add("batch", most(item, { ...charged, serviceTier: "batch" }));
  }
  const other = cheapest(model, item, charged);
  if (other === "not-known") found.set("model", { usd: null, model: null });
  else if (other !== null) {
    const saved = savedOf(usd, highest > least ? highest : least, other.rate);
    if (saved > 0n) found.set("model", { usd: saved, model: other.id });
  }
  return found;
}

/** What of a prompt would be cheaper if it had been in the cache. */
const COULD_BE_READ: readonly string[] = ["uncachedInput", "cacheWrite5m", "cacheWrite1h"];

/** A whole picodollar, down: a ceiling is not above what can be paid. */
function savedOf(usd: Money, from: Money, to: Money): Money {
  return from <= to ? money(0n) : money((usd * (from - to)) / from);
}

/**
 * The model on offer whose tokens of this kind are cheapest, among those that count the same text as as many tokens: of
 * others nobody knows how many there would be. Null where it is the model itself.
 */
function cheapestModel(
  id: string,
  item: TokenBucket,
  charged: ChargedAs,
  book: PriceBook,
  now: Instant,
): CheapestModel | "not-known" | null {
  const own = modelById(matchModel(id)?.model ?? id);
  if (own === null) return "not-known";
  const priced = MODELS.filter((model) => model.tokenizer === own.tokenizer && isOffered(model, now)).flatMap(
    (model) => {
      const as = { ...charged, speed: null };
      const rate = rateOf(book, { model: model.id, item, at: now }, as, 1);
      return typeof rate === "bigint" ? [{ id: model.id, rate }] : [];
    },
  );
  const [cheapest] = priced.sort((a, b) => (a.rate === b.rate ? 0 : a.rate < b.rate ? -1 : 1));
  return cheapest === undefined || cheapest.id === own.id ? null : cheapest;
}

function isOffered({ retiredAt }: Model, now: Instant): boolean {
  return retiredAt === null || retiredAt > now;
}

function isTokens(item: BilledLine["item"]): item is TokenBucket {
  return (TOKEN_BUCKETS as readonly string[]).includes(item);
}
