import { parseInstant, type Instant } from "@farthing/ledger";
import type { ExampleService, ExampleServiceName } from "./example-service.ts";
import { seededRandom } from "./random.ts";
import { codeAgent } from "./services/code-agent.ts";
import { docExtract } from "./services/doc-extract.ts";
import { docReview } from "./services/doc-review.ts";
import { invoiceExtract } from "./services/invoice-extract.ts";
import { nightlyDigest } from "./services/nightly-digest.ts";
import { ragAnswers } from "./services/rag-answers.ts";
import { supportChatCanary } from "./services/support-chat-canary.ts";
import { supportChat } from "./services/support-chat.ts";
import { ticketSearch } from "./services/ticket-search.ts";
import type { Period } from "./traffic.ts";
import type { TrueRequest } from "./true-request.ts";

/** The moment at which the example is looked at: just after its last full day. */
export const EXAMPLE_NOW: Instant = parseInstant("2026-11-22T00:00:00Z");

/** Thirty full days (UTC). */
export const EXAMPLE_PERIOD: Period = { from: parseInstant("2026-10-23T00:00:00Z"), until: EXAMPLE_NOW };

export const EXAMPLE_SEED = 20_261_122;

/** Every deployment; the random draws of one never depend on another. */
const SERVICES: readonly ExampleService[] = [
  ragAnswers,
  supportChat,
  supportChatCanary,
  codeAgent,
  nightlyDigest,
  docReview,
  ticketSearch,
  invoiceExtract,
  docExtract,
];

/** A request and the service that sent it. */
export interface ExampleCall {
  readonly service: ExampleService;
  readonly request: TrueRequest;
}

/** All that one service, or all of them, sent and had answered within the period, in order of `startedAt`. */
export function exampleTraffic(seed: number, only?: ExampleServiceName): ExampleCall[] {
  const services = only === undefined ? SERVICES : SERVICES.filter(({ name }) => name === only);
  return services
    .flatMap((service) =>
      service
        .requests(seededRandom(seed, `${service.name}/${service.environment}`), EXAMPLE_PERIOD)
        .filter((request) => request.completedAt < EXAMPLE_PERIOD.until)
        .map((request) => ({ service, request })),
    )
    .sort((a, b) => a.request.startedAt - b.request.startedAt);
}
