import { subtract, sum, ZERO, type Money } from "@farthing/ledger";
import type { Recommendation } from "../portfolio/advice.ts";
import type { ItemSum } from "../replay/item-sums.ts";
import { padEnd, padStart } from "./text-layout.ts";
import { ITEM_WORDS, shortCount, signedUsdWords, usdWords } from "./words.ts";

/** What was paid for one kind of thing, as sent and with the change. */
export interface ArithmeticRow {
  readonly item: ItemSum["item"];
  readonly before: Omit<ItemSum, "item">;
  readonly after: Omit<ItemSum, "item">;
}

/** What was paid for either way, the dearest first. */
export function arithmeticRows({ arithmetic: { before, after } }: Recommendation): readonly ArithmeticRow[] {
  const sumOf = (sums: readonly ItemSum[], item: ItemSum["item"]): Omit<ItemSum, "item"> => {
    const { quantity, usd } = sums.find((each) => each.item === item) ?? {
      quantity: WITHOUT_UNIT.has(item) ? null : 0,
      usd: ZERO,
    };
    return { quantity, usd };
  };
  const items = [...new Set([...before, ...after].map(({ item }) => item))];
  return items
    .map((item) => ({ item, before: sumOf(before, item), after: sumOf(after, item) }))
    .sort((a, b) => (larger(a) === larger(b) ? 0 : larger(a) > larger(b) ? -1 : 1));
}

const WITHOUT_UNIT: ReadonlySet<ItemSum["item"]> = new Set(["other", "notClaimed"]);

function larger({ before, after }: ArithmeticRow): Money {
  return before.usd > after.usd ? before.usd : after.usd;
}

export const ARITHMETIC_WORDS: Readonly<Record<ItemSum["item"], string>> = {
  ...ITEM_WORDS,
  other: "beside the answers",
  notClaimed: "cheaper anyway",
};

/** What the requests of a workload come to, replayed as they were sent, and with a change alone. */
export function comesTo({ arithmetic: { before, after } }: Recommendation): { before: Money; after: Money } {
  const total = (sums: readonly ItemSum[]): Money => sum(sums.map(({ usd }) => usd));
  return { before: total(before), after: total(after) };
}

const NAME_COLUMNS = 21;
const COUNT_COLUMNS = 6;
const USD_COLUMNS = 9;
/** What a row takes. */
const TABLE_COLUMNS = NAME_COLUMNS + 2 * (COUNT_COLUMNS + 1 + USD_COLUMNS) + "  -> ".length;

/** The arithmetic of a saving in lines for a terminal: kinds of tokens, then what they come to. */
export function arithmeticLines(recommendation: Recommendation, columns: number): readonly string[] {
  const { plan, arithmetic, alone } = recommendation;
  const side = (quantity: string, usd: Money): string =>
    `${padStart(quantity, COUNT_COLUMNS)} ${padStart(usdWords(usd), USD_COLUMNS)}`;
  const line = (name: string, before: string, after: string): readonly string[] =>
    columns < TABLE_COLUMNS
      ? [name, `     ${before}`, `  -> ${after}`]
      : [`${padEnd(name, NAME_COLUMNS)}${before}  -> ${after}`];
  const quantity = (count: number | null): string => (count === null ? "" : shortCount(count));
  const total = comesTo(recommendation);
  return [
    `${plan.workload}, replayed as it was sent -> with this change alone`,
    ...arithmeticRows(recommendation).flatMap(({ item, before, after }) =>
      line(
        ARITHMETIC_WORDS[item],
        side(quantity(before.quantity), before.usd),
        side(quantity(after.quantity), after.usd),
      ),
    ),
    ...line("together", side("", total.before), side("", total.after)),
    ...(arithmetic.elsewhere === ZERO
      ? []
      : [`workloads that share its cache: ${signedUsdWords(subtract(ZERO, arithmetic.elsewhere))}`]),
    `which is ${usdWords(alone.expected)} less`,
  ];
}
