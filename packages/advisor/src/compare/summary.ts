import { compare, money, ratio, ZERO, type Money } from "@farthing/ledger";
import { grouped, signedUsdWords, usdWords } from "../report/words.ts";
import { CAUSE_OF_SEVERAL, causeWords, groupsName } from "./cause-words.ts";
import { sizeOf, type Cause, type Part } from "./causes.ts";
import type { CostComparison, GroupComparison } from "./compare-costs.ts";
import type { GroupFacts } from "./group-facts.ts";

/** Stands for the value of requests that have none in a dimension. */
const NO_VALUE = "(none)";
const CAUSES_NAMED_MAX = 3;
/** A cause behind the first is worth a place in the sentence from this share of the parts, or of all that moved. */
const NAMED_SHARE_MIN = 0.05;
/** A group stands for a cause from this share of all that it moved; less of that is left where groups moved apart. */
const LEADING_SHARE_MIN = 0.8;

/** Why it changed, in one sentence: `$1,204 more: support-chat moved from haiku-5-5 to opus-5 (+$980)`. */
export function summaryOf(comparison: CostComparison): string {
  const { difference, before, after, groups } = comparison;
  const [was, is] = [priceCounts(groups.map((group) => group.before)), priceCounts(groups.map((group) => group.after))];
  if (was.isUnknown || is.isUnknown) return unknownWords(was, is, before, after);
  const among = was.unpriced + is.unpriced === 0 ? "" : " among responses with a price";
  const same = `No difference${among}: ${usdWords(before)} both times`;
  const words = namedParts(comparison)
    .map((part) => partWords(part, comparison))
    .map(({ text, usd, isNet }) => `${text} (${isNet ? "together " : ""}${signedUsdWords(usd)})`)
    .join(", ");
  if (words === "") return same;
  if (difference === ZERO) return `${same}, although ${words}`;
  return `${usdWords(sizeOf(difference))} ${difference > ZERO ? "more" : "less"}${among}: ${words}`;
}

interface PriceCounts {
  readonly priced: number;
  readonly unpriced: number;
  /** Whether there are responses, and none has a price. */
  readonly isUnknown: boolean;
}

function priceCounts(facts: readonly GroupFacts[]): PriceCounts {
  const [priced, unpriced] = [sumOf(facts.map((each) => each.requests)), sumOf(facts.map((each) => each.unpriced))];
  return { priced, unpriced, isUnknown: priced === 0 && unpriced > 0 };
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function unknownWords(was: PriceCounts, is: PriceCounts, before: Money, after: Money): string {
  if (was.priced + is.priced === 0) return "Cannot be compared: no response has a price";
  const [unknown, known, usd] = was.isUnknown ? ["before", "after", after] : ["after", "before", before];
  return `Cannot be compared: no response ${unknown} has a price; ${usdWords(usd)} ${known}`;
}

/** The parts that are worth a place in the sentence, the largest first. */
function namedParts({ parts, groups }: CostComparison): readonly Part[] {
  const measures = [
    (part: Part): Money => sizeOf(part.usd),
    ({ cause }: Part): Money => movedBy(sharesOf(cause, groups)),
  ];
  const shareOf = (part: Part): number =>
    Math.max(...measures.map((sizeIn) => shareOfAll(sizeIn(part), parts.map(sizeIn))));
  return parts.filter((part, index) => index === 0 || shareOf(part) >= NAMED_SHARE_MIN).slice(0, CAUSES_NAMED_MAX);
}

function shareOfAll(amount: Money, all: readonly Money[]): number {
  const total = money(all.reduce((sum, each) => sum + each, 0n));
  return total === ZERO ? 0 : ratio(amount, total);
}

/** The part that a cause has of a group's difference. */
interface Share {
  readonly group: GroupComparison;
  readonly usd: Money;
}

/** The groups in which a cause moved anything, the most first. */
function sharesOf(cause: Cause, groups: readonly GroupComparison[]): readonly Share[] {
  return groups
    .map((group) => ({ group, usd: group.parts.find((part) => part.cause === cause)?.usd ?? ZERO }))
    .filter(({ usd }) => usd !== ZERO)
    .sort((a, b) => compare(sizeOf(b.usd), sizeOf(a.usd)));
}

function movedBy(shares: readonly Share[]): Money {
  return money(shares.reduce((sum, { usd }) => sum + sizeOf(usd), 0n));
}

/** What a cause did, and the amount that this came to. */
interface PartWords {
  readonly text: string;
  readonly usd: Money;
  /** Whether it is what is left of amounts that are named and cancel out in part. */
  readonly isNet: boolean;
}

/** What a cause did, naming the group that most of what it moved comes from, with the amount of this group. */
export function partWords({ cause, usd }: Part, { groups }: CostComparison): PartWords {
  const shares = sharesOf(cause, groups);
  const moved = movedBy(shares);
  const [lead] = shares;
  const several = CAUSE_OF_SEVERAL[cause](`${grouped(shares.length)} ${groupsNameOf(groups)}`);
  if (lead === undefined) return { text: several, usd, isNet: false };
  if (ratio(sizeOf(lead.usd), moved) >= LEADING_SHARE_MIN) {
    return { text: `${groupName(lead.group)} ${causeWords(cause, lead.group, lead.usd)}`, usd: lead.usd, isNet: false };
  }
  const other = shares.find((share) => share.usd > ZERO !== lead.usd > ZERO);
  if (other === undefined || ratio(sizeOf(usd), moved) >= LEADING_SHARE_MIN) {
    const isOneOfEqual = sizeOf(shares[1]?.usd ?? ZERO) === sizeOf(lead.usd);
    return { text: isOneOfEqual ? several : `${several}, most in ${groupName(lead.group)}`, usd, isNet: false };
  }
  const names = [lead, other].map((share) => `${groupName(share.group)} ${signedUsdWords(share.usd)}`).join(" and ");
  return { text: `${several}${shares.length === 2 ? ":" : ", among them"} ${names}`, usd, isNet: true };
}

/** What the groups are called: `services`. */
export function groupsNameOf([first]: readonly GroupComparison[]): string {
  return groupsName(Object.keys(first?.by ?? {}));
}

export function groupName({ by }: Pick<GroupComparison, "by">): string {
  const values = Object.values(by).map((value) => value ?? NO_VALUE);
  return values.length === 0 ? "everything" : values.join(" / ");
}
