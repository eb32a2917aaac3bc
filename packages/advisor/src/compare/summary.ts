import { money, ratio, ZERO } from "@farthing/ledger";
import { grouped, signedUsdWords, usdWords } from "../report/words.ts";
import { CAUSE_OF_SEVERAL, causeWords } from "./cause-words.ts";
import type { Part } from "./causes.ts";
import { sizeOf, type CostComparison, type GroupComparison } from "./compare-costs.ts";

/** Stands for the value of requests that have none in a dimension. */
const NO_VALUE = "(none)";
const CAUSES_NAMED_MAX = 3;
/** A cause behind the first is worth a place in the sentence from this share of all that moved. */
const NAMED_SHARE_MIN = 0.05;
/** A workload stands for a cause from this share of it on. */
const LEADING_SHARE_MIN = 0.8;

/** Why it changed, in one sentence: `$1,204 more: support-chat moved from haiku-5-5 to opus-5 (+$980)`. */
export function summaryOf(comparison: CostComparison): string {
  const { difference, parts, before } = comparison;
  if (parts.length === 0) return `No difference: ${usdWords(before)} both times`;
  const moved = parts.reduce((sum, { usd }) => sum + sizeOf(usd), 0n);
  const named = parts
    .slice(0, CAUSES_NAMED_MAX)
    .filter(({ usd }, index) => index === 0 || ratio(sizeOf(usd), money(moved)) >= NAMED_SHARE_MIN);
  const words = named.map((part) => `${partWords(part, comparison)} (${signedUsdWords(part.usd)})`).join(", ");
  if (difference === ZERO) return `No difference: ${usdWords(before)} both times, although ${words}`;
  return `${usdWords(sizeOf(difference))} ${difference > ZERO ? "more" : "less"}: ${words}`;
}

/** What a cause did, naming the workload that most of it comes from. */
export function partWords({ cause, usd }: Part, { groups }: CostComparison): string {
  const shares = groups
    .map((group) => ({ group, usd: group.parts.find((part) => part.cause === cause)?.usd ?? ZERO }))
    .filter(({ usd: own }) => own !== ZERO)
    .sort((a, b) => ratio(b.usd, usd) - ratio(a.usd, usd));
  const [lead] = shares;
  if (lead === undefined) return CAUSE_OF_SEVERAL[cause]("no workload");
  if (ratio(lead.usd, usd) >= LEADING_SHARE_MIN) return `${groupName(lead.group)} ${causeWords(cause, lead.group)}`;
  const several = CAUSE_OF_SEVERAL[cause](`${grouped(shares.length)} workloads`);
  return `${several}, most in ${groupName(lead.group)}`;
}

export function groupName({ by }: Pick<GroupComparison, "by">): string {
  const values = Object.values(by).map((value) => value ?? NO_VALUE);
  return values.length === 0 ? "everything" : values.join(" / ");
}
