import { displayUsd, inexactUsd, ratio, ZERO, type Money } from "@farthing/ledger";
import { causeWords } from "../../compare/cause-words.ts";
import { sizeOf } from "../../compare/causes.ts";
import type { MeanCostComparison } from "../../compare/mean-cost.ts";
import { groupName } from "../../compare/summary.ts";

const PARTS_NAMED_MAX = 3;
/** A part behind the first is worth a place in the sentence from this share of the difference on. */
const NAMED_SHARE_MIN = 0.05;

/** Why a request costs something else: `$0.0485 more a request: chat moved from haiku-5-5 to opus-5 (+$0.0460)`. */
export function meanCostWords({ difference, mix, parts }: MeanCostComparison): string {
  if (difference === ZERO) return "no difference per request";
  const decimals = decimalsOf(difference);
  const amount = (usd: Money): string => `${usd > ZERO ? "+" : ""}${displayUsd(usd, decimals)}`;
  const isLarge = (usd: Money): boolean => ratio(sizeOf(usd), sizeOf(difference)) >= NAMED_SHARE_MIN;
  const named = parts
    .filter(({ usd }) => isLarge(usd))
    .slice(0, PARTS_NAMED_MAX)
    .map(({ cause, group, usd }) => `${groupName(group)} ${causeWords(cause, group, usd)} (${amount(usd)})`);
  const mixed = mix === ZERO ? [] : [`other shares of the workloads (${amount(mix)})`];
  const size = displayUsd(sizeOf(difference), decimals);
  const why = [...named, ...mixed];
  return `${size} ${difference > ZERO ? "more" : "less"} a request${why.length === 0 ? "" : `: ${why.join(", ")}`}`;
}

/** So many that three digits of an amount are shown; cents at least. */
function decimalsOf(amount: Money): number {
  const usd = inexactUsd(sizeOf(amount));
  return Math.min(12, Math.max(2, 2 - Math.floor(Math.log10(usd))));
}
