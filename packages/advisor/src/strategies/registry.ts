import { batch } from "./batch.ts";
import { cacheBreakpoints } from "./cache-breakpoints.ts";
import { cacheTtl1h } from "./cache-ttl-1h.ts";
import { cacheTtl5m } from "./cache-ttl-5m.ts";
import { cheaperModel } from "./cheaper-model.ts";
import { compactEarlier } from "./compact-earlier.ts";
import { duplicateRequests } from "./duplicate-requests.ts";
import { maxTokens } from "./max-tokens.ts";
import { newerModel } from "./newer-model.ts";
import { premiumGeo } from "./premium-geo.ts";
import { premiumSpeed } from "./premium-speed.ts";
import { resentContext } from "./resent-context.ts";
import { retriedWork } from "./retried-work.ts";
import { serverTools } from "./server-tools.ts";
import { stablePrefix } from "./stable-prefix.ts";
import { stopCaching } from "./stop-caching.ts";
import type { AdvisedChange, Recognition, Unrecognised } from "./recognition.ts";
import type { Strategy } from "./strategy.ts";
import { thinkingEffort } from "./thinking-effort.ts";
import { trimTools } from "./trim-tools.ts";
import { warmBeforeFanOut } from "./warm-before-fan-out.ts";

/**
 * Every strategy, in the order in which their plans are composed: first what need not be asked or sent at all, then how
 * it is cached, at what terms it is asked, and of which model.
 */
export const STRATEGIES: readonly Strategy[] = [
  duplicateRequests,
  retriedWork,
  maxTokens,
  trimTools,
  compactEarlier,
  stopCaching,
  cacheTtl5m,
  cacheTtl1h,
  cacheBreakpoints,
  stablePrefix,
  warmBeforeFanOut,
  resentContext,
  premiumSpeed,
  premiumGeo,
  batch,
  thinkingEffort,
  newerModel,
  cheaperModel,
  serverTools,
];

/** How a change is recognised that a strategy advised, by the strategy's name. */
export function recognitionOf(
  name: string,
  change: AdvisedChange,
  strategies: readonly Strategy[] = STRATEGIES,
): Recognition | Unrecognised {
  const strategy = strategies.find((each) => each.name === name);
  return strategy?.recognise(change) ?? { unseen: "this release does not know the strategy that advised it" };
}
