import type { BatchRecord, Instant, ModelUse } from "@farthing/ledger";
import { DUE_WITHIN_DAYS } from "../thresholds.ts";
import { modelOf } from "../trace/model-of.ts";
import { UNNAMED_WORKLOAD } from "../trace/trace.ts";
import type { BatchResultsExpire, Due, ModelRetires } from "./report.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** What is to be done by some day, soonest first. */
export function dueDates(uses: readonly ModelUse[], batches: readonly BatchRecord[], now: Instant): readonly Due[] {
  return [...retirements(uses, now), ...expiringResults(batches, now)].sort((a, b) => a.at - b.at);
}

/** Batches that have ended, as far as is known, and of which not all results were read. Soonest first. */
export function expiringResults(batches: readonly BatchRecord[], now: Instant): readonly BatchResultsExpire[] {
  return batches
    .filter(({ endedAt, submittedAt }) => endedAt !== null || (submittedAt ?? now) + DAY_MS <= now)
    .filter(({ deletedAt }) => deletedAt > now)
    .map(({ deletedAt: at, batch, service, submittedAt, endedAt, requests, recorded }) => ({
      kind: "batch-results-expire" as const,
      at,
      batch,
      service,
      submittedAt,
      endedAt,
      requests,
      recorded,
    }));
}

/** Models in use that will soon be retired: their requests then fail. Soonest first. */
function retirements(uses: readonly ModelUse[], now: Instant): readonly ModelRetires[] {
  const byModel = new Map<string, { at: Instant; workloads: Set<string>; responses: number; lastUsedAt: Instant }>();
  for (const use of uses) {
    const model = modelOf(use.model);
    const at = model?.retiredAt ?? null;
    if (model === null || at === null || at <= now || at - now > DUE_WITHIN_DAYS * DAY_MS) continue;
    const entry = byModel.get(model.id) ?? { at, workloads: new Set<string>(), responses: 0, lastUsedAt: 0 };
    entry.workloads.add(use.workload ?? UNNAMED_WORKLOAD);
    entry.responses += use.responses;
    entry.lastUsedAt = Math.max(entry.lastUsedAt, use.last);
    byModel.set(model.id, entry);
  }
  return [...byModel]
    .map(([model, { at, workloads, responses, lastUsedAt }]) => ({
      kind: "model-retires" as const,
      at,
      model,
      workloads: [...workloads].sort(),
      responses,
      lastUsedAt,
    }))
    .sort((a, b) => a.at - b.at || (a.model < b.model ? -1 : 1));
}
