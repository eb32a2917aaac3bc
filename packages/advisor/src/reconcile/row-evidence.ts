import {
  addTokens,
  CONTEXT_WINDOW_TOKENS,
  NO_TOKENS,
  promptTokens,
  usageOfRow,
  type Instant,
  type LineItemName,
  type RowBatch,
} from "@farthing/ledger";
import type { BatchUsage, Evidence, RequestUsage } from "./evidence.ts";
import type { Slice } from "./reconciliation.ts";

/** Two records of one response are complete within this of each other, however they came into the ledger. */
const REPEATED_WITHIN_MS = 2_000;

/**
 * What single requests tell of why a bill can differ from the ledger: items of batches, and what was recorded twice.
 *
 * @param batches With details, roughly in order of time.
 * @param by What both sides are compared by: a batch that ends within one of these moves nothing.
 * @param submittedAt When a batch was submitted; null where that was not recorded.
 */
export async function rowEvidence(
  batches: AsyncIterable<RowBatch>,
  period: Slice,
  by: "hour" | "day",
  submittedAt: (batch: string) => Instant | null,
): Promise<Pick<Evidence, "batches" | "repeated">> {
  const found = { batches: new Array<BatchUsage>(), repeated: new Array<RequestUsage>() };
  const recent = new RecentTimes();
  const sliceOf = (at: Instant): number => Math.floor(at / (by === "hour" ? HOUR_MS : DAY_MS));
  for await (const { rows, dead } of batches) {
    const details = rows.details();
    for (let row = 0; row < rows.count; row += 1) {
      const at = rows.occurredAt[row] ?? NaN;
      const terms = rows.terms.at(rows.termsOf[row] ?? 0);
      const isOut = (dead !== null && dead[row] !== 0) || terms.kind === "failed" || terms.billedTo !== "self";
      if (isOut || !(at >= period.from)) continue;
      const usages = usagesOfRow(rows, row, at);
      if (terms.serviceTier === "batch") {
        const { batch } = details.otherIds(row);
        const startedAt = rows.startedAt[row] ?? NaN;
        const submitted = (batch === null ? null : submittedAt(batch)) ?? (Number.isNaN(startedAt) ? at : startedAt);
        if (submitted < period.until && sliceOf(submitted) < sliceOf(at))
          found.batches.push(...usages.map((usage) => ({ ...usage, submittedAt: submitted })));
      }
      if (at >= period.until) continue;
      const key = JSON.stringify(usages.map(({ billedAs, quantities }) => [billedAs, [...quantities].map(String)]));
      const before = recent.exchange(key, at);
      if (before !== null && Math.abs(at - before) <= REPEATED_WITHIN_MS) found.repeated.push(...usages);
    }
  }
  return found;
}

/** When each of many keys came last; those that did not come for long are forgotten, so that memory is bounded. */
class RecentTimes {
  #newer = new Map<string, Instant>();
  #older = new Map<string, Instant>();

  /** Sets the time of a key, and returns the one before; null where there is none. */
  exchange(key: string, at: Instant): Instant | null {
    const before = this.#newer.get(key) ?? this.#older.get(key) ?? null;
    if (this.#newer.size >= RECENT_MAX) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(key, at);
    return before;
  }
}

const RECENT_MAX = 100_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function usagesOfRow(rows: RowBatch["rows"], row: number, occurredAt: Instant): readonly RequestUsage[] {
  const { context, labels, workspace } = rows.contexts.at(rows.contextOf[row] ?? 0);
  const apiKey = Object.hasOwn(labels, "api-key") ? (labels["api-key"] ?? null) : null;
  const { servedModel, serviceTier, inferenceGeo, speed } = rows.terms.at(rows.termsOf[row] ?? 0);
  const { parts, webSearchRequests } = usageOfRow(rows, row);
  const total = parts.reduce((all, { tokens }) => addTokens(all, tokens), NO_TOKENS);
  return parts.map(({ model, tokens }, index) => {
    const counts = Object.entries({ ...tokens, webSearch: index === 0 ? webSearchRequests : 0 });
    return {
      service: context.service,
      workspace,
      apiKey,
      longPrompt: promptTokens(total) > CONTEXT_WINDOW_TOKENS,
      billedAs: { model: model ?? servedModel, serviceTier, inferenceGeo, speed },
      occurredAt,
      quantities: new Map(
        counts.filter(([, count]) => count > 0).map(([item, count]) => [item as LineItemName, BigInt(count)]),
      ),
    };
  });
}
