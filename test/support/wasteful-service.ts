import type { ResponseRecorded } from "@farthing/ledger";
import { aConversation } from "./conversation.ts";

/** Twenty days of a service that writes for an hour what nobody reads. */
export function wasteful(service: string): ResponseRecorded[] {
  const steps = Array.from({ length: 100 }, (_, number) => ({
    at: number * 17_280,
    continues: -1,
    cacheWrite1h: 100_000 + 1_000 * (number % 7),
  }));
  return aConversation(steps, { service, name: service, startedAt: "2026-10-20T01:00:00.000Z" });
}
