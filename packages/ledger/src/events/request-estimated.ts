import type { CallContext } from "./call.ts";
import type { BoundedRange, EstimatedRange } from "./estimated-range.ts";
import type { EventBase } from "./event-base.ts";

/** What a request would cost, said before it was sent. Of the same prompt, it can be held against what was billed. */
export interface RequestEstimated extends EventBase {
  readonly type: "RequestEstimated";
  /** As the request names it. */
  readonly model: string;
  /** What the number of prompt tokens is from: the counting endpoint, earlier requests, or a rule for all models. */
  readonly basis: "counted" | "history" | "rule";
  readonly promptTokens: EstimatedRange<number>;
  /** Bound by what the request allows. */
  readonly outputTokens: BoundedRange<number>;
  /**
   * Decimal US dollars at list prices; null where there is no price. Bound by the price with all output allowed, where the
   * prompt was counted.
   */
  readonly usd: BoundedRange<string> | null;
  /** The prompt's cumulative hash at its last block; see `prompt-nodes.ts`. Null where no key was there. */
  readonly prompt: { readonly key: string; readonly hash: string } | null;
  readonly context: CallContext;
  readonly labels: Readonly<Record<string, string>>;
}
