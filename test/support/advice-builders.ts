import type { AdviceEvent } from "@farthing/ledger";
import { override, type DeepPartial } from "./override.ts";

export function anAdviceEvent(overrides: DeepPartial<AdviceEvent> = {}): AdviceEvent {
  return override<AdviceEvent>(
    {
      type: "AdviceAccepted",
      version: 1,
      id: "advice:393f6fe8d6/1",
      occurredAt: "2026-10-01T10:05:00.000Z",
      sources: ["test"],
      advice: "393f6fe8d6",
      detail: { strategy: "batch", saving: { low: "1", expected: "2.5", high: "3" }, before: null },
    },
    overrides,
  );
}
