import type { CostReported } from "@farthing/ledger";
import { aUsage, type DeepPartial } from "./builders.ts";
import { override } from "./override.ts";

export function aCostReported(overrides: DeepPartial<CostReported> = {}): CostReported {
  return override<CostReported>(
    {
      type: "CostReported",
      version: 1,
      id: "agent-sdk:9d0a521d",
      occurredAt: "2026-10-01T10:05:00.000Z",
      sources: ["test"],
      usd: "0.5",
      models: [{ model: "claude-opus-5", usd: "0.5", usage: aUsage({ uncachedInput: 1_000, output: 100 }) }],
      responses: ["msg:1"],
      session: null,
    },
    overrides,
  );
}
