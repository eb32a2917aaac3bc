import { crc32 } from "node:zlib";
import type { Instant } from "../instant.ts";
import type { PriceBook } from "../pricing/price-book.ts";
import { contextColumn } from "../rows/context-codes.ts";
import type { ContextColumn, RequestRows, RowBatch } from "../rows/request-rows.ts";
import { readUuidText, UUID_WORDS } from "../rows/uuid-words.ts";
import { promptTokens, type TokenBuckets } from "../usage/usage.ts";
import { billedTerms } from "./billed-terms.ts";
import { calendarOf } from "./calendar.ts";
import { rowFilter } from "./conditions.ts";
import type { Condition } from "./filters.ts";
import { GroupSums } from "./group-sums.ts";
import { rowCosts } from "./row-costs.ts";
import { TimeSlots } from "./time-slots.ts";

/** Which billed responses are asked about. */
export interface IndependentGroupsQuery {
  readonly where: readonly Condition[];
  /** Inclusive; null for no limit. */
  readonly since: Instant | null;
  /** Exclusive; null for no limit. */
  readonly until: Instant | null;
  /** IANA zone that cuts days. */
  readonly timeZone: string;
  readonly book: PriceBook;
}

/** What some billed responses come to: statistics, not an account. */
export interface GroupTotals {
  /** US dollars of those that have a price, as near as a number is. */
  readonly usd: number;
  /** How many have a price. */
  readonly priced: number;
  /** Prompt tokens read from the cache. */
  readonly cacheRead: number;
  /** Tokens of the prompts. */
  readonly prompt: number;
}

/** Responses by what of them is independent of the others. */
export interface IndependentGroups {
  /** Those of each session; of very many sessions, those of sessions put together by chance. */
  readonly sessions: readonly GroupTotals[];
  /** Of no session: each response by itself, those complete at the same instant as one; as sessions where very many. */
  readonly single: readonly GroupTotals[];
  /** The same by local day. */
  readonly days: readonly GroupTotals[];
}

/**
 * How responses differ: what of them belongs together is summed, so that how far the sums are apart says how sure their
 * mean is. Takes one pass and no more memory for more responses. Pruned requests are in none of it.
 *
 * @throws RangeError for a time zone the platform does not know.
 */
export async function queryIndependentGroups(
  batches: AsyncIterable<RowBatch>,
  query: IndependentGroupsQuery,
): Promise<IndependentGroups> {
  const calendar = calendarOf(query.timeZone);
  const wantedIn = rowFilter(query, calendar);
  const costsIn = rowCosts(query.book);
  const [sessions, single, days] = [new GroupSums(WIDTH), new GroupSums(WIDTH), new GroupSums(WIDTH)];
  const slots = new TimeSlots(calendar, "day");
  for await (const { rows, dead } of batches) {
    const isBilled = billedTerms(rows);
    const isWanted = wantedIn(rows);
    const sessionOf = sessionHashes(rows);
    const totals = totalsIn(rows, costsIn(rows));
    for (let row = 0; row < rows.count; row += 1) {
      if ((dead !== null && dead[row] !== 0) || isBilled[rows.termsOf[row] ?? 0] !== true || !isWanted(row)) continue;
      const session = sessionOf(row);
      const of = totals(row);
      if (session !== null) sessions.add(session, of);
      else {
        const at = rows.occurredAt[row] ?? 0;
        single.add(mixed(at % 2 ** 32, Math.floor(at / 2 ** 32)), of);
        if (at < slots.from || at >= slots.until) slots.enter(at);
        days.add(slots.slot, of);
      }
    }
  }
  const named = (sums: GroupSums): readonly GroupTotals[] =>
    sums.all().map(([cost = 0, priced = 0, cacheRead = 0, prompt = 0]) => {
      return { usd: cost / PICODOLLARS_PER_USD, priced, cacheRead, prompt };
    });
  return { sessions: named(sessions), single: named(single), days: named(days) };
}

const WIDTH = 4;
const PICODOLLARS_PER_USD = 1e12;

/** What single rows come to, in the order of `GroupTotals`, picodollars for dollars; the array is used again for the next row. */
function totalsIn(
  rows: RequestRows,
  costOf: (row: number) => number | bigint | null,
): (row: number) => ArrayLike<number> {
  const of = new Float64Array(WIDTH);
  const { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, furtherParts } = rows;
  return (row) => {
    const cost = costOf(row);
    const read = cacheRead[row] ?? 0;
    of[0] = Number(cost ?? 0);
    of[1] = cost === null ? 0 : 1;
    of[2] = read;
    of[3] = read + (uncachedInput[row] ?? 0) + (cacheWrite5m[row] ?? 0) + (cacheWrite1h[row] ?? 0);
    for (const { tokens } of furtherParts.get(row) ?? []) addPart(of, tokens);
    return of;
  };
}

function addPart(of: Float64Array, tokens: TokenBuckets): void {
  of[2] = (of[2] ?? 0) + tokens.cacheRead;
  of[3] = (of[3] ?? 0) + promptTokens(tokens);
}

/** By row, a hash of its session; null where it has none. */
function sessionHashes({ contexts, contextOf }: RequestRows): (row: number) => number | null {
  const column = contextColumn(contexts, "session");
  const hashes = new Map<number, number | null>();
  return (row) => {
    const number = column.numbers[contextOf[row] ?? 0] ?? 0;
    let hash = hashes.get(number);
    if (hash === undefined) hashes.set(number, (hash = hashOf(column, number)));
    return hash;
  };
}

const words = new Uint32Array(UUID_WORDS);

function hashOf(column: ContextColumn, number: number): number | null {
  if (column.readUuid?.(number, words) !== true) {
    const name = column.value(number);
    if (name === null) return null;
    if (!readUuidText(name, words)) return mixed(crc32(name), 0);
  }
  return mixed(mixed(words[0] ?? 0, words[1] ?? 0), mixed(words[2] ?? 0, words[3] ?? 0));
}

/** Two words mixed so that every bit of the result depends on all of theirs. */
function mixed(a: number, b: number): number {
  let mix = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 15), 0xc2b2ae35);
  mix = Math.imul(mix ^ (mix >>> 13), 0x9e3779b1);
  return (mix ^ (mix >>> 16)) >>> 0;
}
