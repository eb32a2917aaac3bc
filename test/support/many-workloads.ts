import type { ResponseRecorded } from "@farthing/ledger";
import { aUsage } from "./builders.ts";
import { aConversation, type Step } from "./conversation.ts";
import { aPrompt } from "./prompts.ts";

/** How a service calls the API, and in which workspace; those of one `family` begin their prompts alike. */
export interface AService {
  readonly habit: "writes-unread" | "alike" | "single" | "rare" | "conversation";
  readonly workspace: "prod" | "test" | null;
  readonly family: number;
  readonly requests: number;
}

/** Nine services of every habit in two workspaces, two of which share prefixes. */
export const NINE_SERVICES: readonly AService[] = [
  { habit: "writes-unread", workspace: "prod", family: 0, requests: 22 },
  { habit: "alike", workspace: "prod", family: 0, requests: 21 },
  { habit: "alike", workspace: "test", family: 0, requests: 20 },
  { habit: "alike", workspace: "prod", family: 0, requests: 20 },
  { habit: "single", workspace: null, family: 0, requests: 20 },
  { habit: "rare", workspace: "test", family: 0, requests: 4 },
  { habit: "conversation", workspace: "prod", family: 1, requests: 20 },
  { habit: "writes-unread", workspace: "test", family: 1, requests: 20 },
  { habit: "conversation", workspace: null, family: 1, requests: 24 },
];

const HOUR = 3600;

/** Eight days or so of calls of some services, each named after its place. */
export function manyWorkloads(services: readonly AService[] = NINE_SERVICES): ResponseRecorded[] {
  return services.flatMap((service, place) => {
    const name = `service-${String(place)}`;
    const events = aConversation(stepsOf(service, place), { service: name, name });
    return events.map((event) => ({ ...event, ids: { ...event.ids, workspace: service.workspace } }));
  });
}

function stepsOf({ habit, family, requests }: AService, place: number): Step[] {
  return Array.from({ length: requests }, (_, number): Step => {
    const at = number * 9 * HOUR + place * 60;
    const size = 20_000 + 1_000 * ((number + place) % 7);
    switch (habit) {
      case "writes-unread":
        return { at, continues: -1, cacheWrite1h: 5 * size };
      case "alike":
        return { at, continues: -1, uncachedInput: size, overrides: boundToUs(size, family, place) };
      case "single":
        return { at, continues: -1, uncachedInput: 2 * size, output: 900 };
      case "rare":
        return { at, continues: -1, uncachedInput: size };
      case "conversation":
        return { at, cacheWrite5m: size + 10_000 * (number % 5), output: 400 };
    }
  });
}

/** Fingerprinted, with a beginning that all of a family ask to be cached. */
function boundToUs(size: number, family: number, place: number): NonNullable<Step["overrides"]> {
  const front = { text: `front ${String(family)}`, tokens: 4_000, section: "system" as const, ttl: "5m" as const };
  const prompt = aPrompt([front, { text: `rest ${String(place)}`, tokens: size - 4_000 }]);
  return { prompt, usage: { ...aUsage({ uncachedInput: size, output: 10 }), inferenceGeo: "us" } };
}
