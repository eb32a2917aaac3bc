import type { Model, TokenBuckets } from "@farthing/ledger";
import { withMisses } from "../cache/best-effort.ts";
import { cacheScope } from "../cache/cache-scope.ts";
import { PromptCache } from "../cache/prompt-cache.ts";
import type { PromptBill } from "../cache/prompt-blocks.ts";
import { RecordedCache } from "../cache/recorded-cache.ts";
import type { RecordedPrompt } from "../trace/counterfactual-prompt.ts";
import type { CounterfactualRequest } from "../trace/counterfactual-request.ts";
import { modelOf } from "../trace/model-of.ts";
import type { TraceRequest } from "../trace/trace.ts";

/** The caches of a replay: one for prompts that are known block by block, one for those of which the bill is known. */
export class ReplayedCaches {
  readonly #blocks = new PromptCache();
  readonly #recorded = new RecordedCache();
  /** Of the request before: most are sent to the same model, from the same workspace. */
  #last: Destination | null = null;

  /** How a request's prompt is billed. Requests must come in order of `startedAt`. */
  bill(recorded: TraceRequest, request: CounterfactualRequest): PromptBill {
    const { prompt, startedAt } = request;
    const { model, scope } = this.#destinationOf(recorded, request);
    if (prompt.kind === "blocks") {
      const bill = this.#blocks.request({
        startedAt,
        readableAt: request.firstTokenAt,
        scope,
        blocks: prompt.blocks,
        breakpoints: prompt.breakpoints,
        minimumTokens: model?.cacheMinimumTokens ?? 0,
        scale: prompt.scale,
      });
      return withMisses(bill, request.hitShare, prompt.breakpoints.at(-1)?.ttl ?? null);
    }
    const sameModel = request.model === recorded.model;
    const { read, written, uncached } = this.#recorded.request({
      key: request.origin,
      previous: prompt.previous,
      startedAt,
      cacheKey: sameModel ? recorded.cacheKey : (model?.id ?? request.model),
      lifetime: prompt.lifetime,
      cacheable: prompt.cacheable,
      reusable: prompt.reusable,
      sharedRead: prompt.sharedRead,
      // What was cached as recorded was long enough; only another model has another minimum.
      minimumTokens: sameModel ? 0 : (model?.cacheMinimumTokens ?? 0),
    });
    const writes = splitWrites(recorded.own, prompt, written);
    const bill = { cacheRead: read, ...writes, uncachedInput: prompt.uncached + uncached };
    return withMisses(bill, request.hitShare, prompt.lifetime);
  }

  #destinationOf(recorded: TraceRequest, { model: id, terms: { speed } }: CounterfactualRequest): Destination {
    const { workspace } = recorded;
    const key = recorded.prompt?.key ?? null;
    const last = this.#last;
    const isSame = last?.id === id && last.workspace === workspace && last.speed === speed && last.key === key;
    if (last !== null && isSame) return last;
    // Prefixes under different keys have the same numbers, and nothing to do with each other.
    const scope = `${key ?? ""} ${cacheScope(id, workspace, speed)}`;
    this.#last = { id, workspace, speed, key, model: modelOf(id), scope };
    return this.#last;
  }
}

/** Where a request goes, and what shares a cache there. */
interface Destination {
  readonly id: string;
  readonly workspace: string | null;
  readonly speed: string | null;
  /** That the prompt was fingerprinted with. */
  readonly key: string | null;
  readonly model: Model | null;
  readonly scope: string;
}

/** Written tokens by lifetime: all of one, or in the proportion in which the recorded request wrote for both. */
function splitWrites(
  own: TokenBuckets | null,
  { lifetime, mixedLifetimes }: Pick<RecordedPrompt, "lifetime" | "mixedLifetimes">,
  written: number,
): Pick<TokenBuckets, "cacheWrite5m" | "cacheWrite1h"> {
  if (mixedLifetimes && own !== null) {
    const cacheWrite5m = Math.round((written * own.cacheWrite5m) / (own.cacheWrite5m + own.cacheWrite1h));
    return { cacheWrite5m, cacheWrite1h: written - cacheWrite5m };
  }
  return lifetime === "1h" ? { cacheWrite5m: 0, cacheWrite1h: written } : { cacheWrite5m: written, cacheWrite1h: 0 };
}
