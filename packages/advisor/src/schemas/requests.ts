import type { CallIds, Provenance, SpendTokens, UnpricedReason } from "@farthing/ledger";
import { z } from "zod";
import { provenance, unpricedReason } from "./codes.ts";
import { command, asOf, cost, count, priceBook, schemaVersion, time, type Fields } from "./fields.ts";
import { tokens } from "./tokens.ts";

/** One billed response. */
export interface RequestRowDocument {
  readonly id: string;
  readonly at: string;
  readonly startedAt: string | null;
  readonly startedAtProvenance: Provenance;
  readonly model: string;
  readonly requestedModel: string | null;
  readonly usd: string | null;
  readonly reason?: UnpricedReason;
  readonly notional?: true;
  readonly outputIsLowerBound: boolean;
  readonly tokens: SpendTokens;
  readonly webSearchRequests: number;
  readonly stopReason: string | null;
  readonly workload: string | null;
  readonly session: string | null;
  readonly project: string | null;
  readonly agent: string | null;
  readonly service: string | null;
  readonly branch: string | null;
  readonly callSite: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly sources: readonly string[];
  readonly ids: CallIds;
}

/** One billed response, as a document of its own. */
export interface RequestLineDocument extends RequestRowDocument {
  readonly schemaVersion: 1;
}

/** Billed responses, in the order asked for. */
export interface RequestsDocument {
  readonly schemaVersion: 1;
  readonly command: string;
  readonly matched: number;
  readonly pruned: number;
  readonly asOf: string | null;
  readonly priceBook: string;
  readonly requests: readonly RequestRowDocument[];
}

const optionalText = z.string().nullable();

const ids: z.ZodType<CallIds> = z.object({
  message: optionalText.describe("The response's message id"),
  request: optionalText.describe("The API's request id"),
  workspace: optionalText.describe("The workspace billed"),
  batch: optionalText.describe("The batch it is an item of"),
  custom: optionalText.describe("The custom id of the batch item"),
  previousMessage: optionalText.describe("Message id of the response this request continues"),
} satisfies Fields<CallIds>);

const row = {
  id: z.string().describe("The event's id in the ledger"),
  at: time.describe("When the response was complete: decides price and day"),
  startedAt: time.nullable().describe("When the request was sent: decides cache lifetimes; null where not known"),
  startedAtProvenance: provenance.describe("How startedAt is known"),
  model: z.string().describe("The model that answered and is billed"),
  requestedModel: optionalText.describe("The model asked for; null where only the response was seen"),
  usd: cost.nullable().describe("Cost at list prices, US dollars; null where unpriced"),
  reason: z.exactOptional(unpricedReason).describe("Why there is no price; absent where there is one"),
  notional: z
    .exactOptional(z.literal(true))
    .describe("Present where the priority tier has prepaid it: a list price, not a charge"),
  outputIsLowerBound: z.boolean().describe("Whether at least this output was generated, possibly more"),
  tokens: tokens.describe("The response's tokens"),
  webSearchRequests: count.describe("Web searches on the server"),
  stopReason: optionalText.describe("Why the response ended, as the API says; null where not recorded"),
  workload: optionalText.describe(
    "What the request was made for: the unit that advice is given for; null where not known",
  ),
  session: optionalText.describe("Claude Code session, or conversation; null where not known"),
  project: optionalText.describe("Claude Code project; null where not known"),
  agent: optionalText.describe("Sub-agent of the session; null for the main thread"),
  service: optionalText.describe("The service that called; null where not known"),
  branch: optionalText.describe("Git branch of the caller; null where not known"),
  callSite: optionalText.describe("file:line of the caller; null where not known"),
  labels: z.record(z.string(), z.string()).describe("The user's own labels by name"),
  sources: z.array(z.string()).describe("Where the response was seen"),
  ids: ids.describe("The identifiers the call is known by; each null where not known"),
} satisfies Fields<RequestRowDocument>;

const requestRow: z.ZodType<RequestRowDocument> = z.object(row);

/** The document of `farthing requests --format json`. */
export const requestsSchema: z.ZodType<RequestsDocument> = z.object({
  schemaVersion,
  command,
  matched: count.describe("Billed responses that match the filters, whatever the limit"),
  pruned: count.describe(
    "Billed responses of the ledger whose detail was pruned: they are in sums alone, and not here",
  ),
  asOf,
  priceBook,
  requests: z.array(requestRow).describe("The responses in the order asked for, at most as many as the limit"),
} satisfies Fields<RequestsDocument>);

/** Each line of `farthing requests --format ndjson`. */
export const requestLineSchema: z.ZodType<RequestLineDocument> = z.object({
  schemaVersion,
  ...row,
} satisfies Fields<RequestLineDocument>);
