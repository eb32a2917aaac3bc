import { displayUsd, formatUsd, subtract, ZERO, type ReratedRow } from "@farthing/ledger";
import { countWords } from "./words.ts";

/** What a change of prices after the fact did to the cost of a model's responses, in words. */
export function reratedWords({ model, requests, usd, usdThen }: ReratedRow): string {
  const more = subtract(usd, usdThen);
  const change = more < 0n ? `${displayUsd(subtract(ZERO, more))} less` : `${displayUsd(more)} more`;
  return (
    `${model}, ${countWords(requests, "response")}: ${displayUsd(usd)} at these prices, ${change} than at those known ` +
    "when they were made"
  );
}

/** The same as JSON. */
export function reratedToJson({ model, requests, usd, usdThen }: ReratedRow): object {
  return {
    model,
    requests,
    usd: formatUsd(usd),
    usdThen: formatUsd(usdThen),
    difference: formatUsd(subtract(usd, usdThen)),
  };
}
