import { cacheBreakpoints } from "./cache-breakpoints.ts";
import { cacheTtl1h } from "./cache-ttl-1h.ts";
import { cacheTtl5m } from "./cache-ttl-5m.ts";
import { newerModel } from "./newer-model.ts";
import { resentContext } from "./resent-context.ts";
import { stablePrefix } from "./stable-prefix.ts";
import { stopCaching } from "./stop-caching.ts";
import { warmBeforeFanOut } from "./warm-before-fan-out.ts";
import type { Strategy } from "./strategy.ts";

/** Every strategy, in the order in which their plans are composed: answers unchanged first. */
export const STRATEGIES: readonly Strategy[] = [
  stopCaching,
  cacheTtl5m,
  cacheTtl1h,
  cacheBreakpoints,
  stablePrefix,
  warmBeforeFanOut,
  resentContext,
  newerModel,
];
