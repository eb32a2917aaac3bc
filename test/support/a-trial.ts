import { NO_TOKENS, type TrialRecorded } from "@farthing/ledger";
import { override, type DeepPartial } from "./override.ts";

/** A trial of Haiku 5.5 for Sonnet 5 on 40 samples of the workload `chat`, of which 39 agree. */
export function aTrialRecorded(overrides: DeepPartial<TrialRecorded> = {}): TrialRecorded {
  return override<TrialRecorded>(
    {
      type: "TrialRecorded",
      version: 1,
      id: "trial:1",
      occurredAt: "2026-10-01T11:00:00.000Z",
      sources: ["test"],
      workload: "chat",
      advice: null,
      samples: 40,
      repeat: 1,
      from: {
        model: "claude-sonnet-5",
        answers: 40,
        truncated: 0,
        failures: [],
        tokens: { ...NO_TOKENS, uncachedInput: 400_000, output: 4_000 },
        usd: "1.26",
        latencyMs: { p50: 900, p95: 2_100 },
      },
      to: {
        model: "claude-haiku-5-5",
        answers: 40,
        truncated: 0,
        failures: [{ errorType: "overloaded_error", requests: 1 }],
        tokens: { ...NO_TOKENS, uncachedInput: 400_000, output: 3_600 },
        usd: "0.0418",
        latencyMs: { p50: 400, p95: 800 },
      },
      pairs: 40,
      promptRatio: { low: 1, expected: 1, high: 1 },
      outputRatio: { low: 0.85, expected: 0.9, high: 0.95 },
      agreement: { by: "exact", compared: 40, share: 0.975 },
      budgetUsd: "2",
      spentUsd: "1.3018",
      callsAtUnknownCost: 0,
    },
    overrides,
  );
}
