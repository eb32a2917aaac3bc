import type { ClosedModel, UnpricedRow } from "@farthing/ledger";
import { z } from "zod";
import { cost, count, schemaVersion, time, type Fields } from "./fields.ts";
import { closingJson, type ClosingJson } from "./closing.ts";
import { unpricedRow } from "./spend.ts";

/** A batch of which results were to be read when a period was closed. */
export interface OpenBatch {
  readonly batch: string;
  readonly service: string | null;
  readonly endedAt: string | null;
  readonly requests: number;
  readonly recorded: number;
  readonly deletedAt: string;
}

/** A period that was closed. */
export interface CloseDocument {
  readonly schemaVersion: 1;
  readonly ledger: string;
  readonly dryRun: boolean;
  readonly closed: ClosingJson;
  readonly models: readonly ClosedModel[];
  readonly open: {
    readonly unreadBatches: readonly OpenBatch[];
    readonly unpriced: readonly UnpricedRow[];
    readonly failedAtUnknownCost: number;
    readonly lowerBoundRequests: number;
    readonly droppedEvents: number;
    readonly damagedPlaces: number;
  };
}

const model: z.ZodType<ClosedModel> = z.object({
  model: z.string().nullable().describe("The model, as the responses name it; null where they name none"),
  usd: cost.describe("What its priced responses cost, US dollars"),
  requests: count.describe("Its billed responses"),
  unpricedRequests: count.describe("Of those, responses without a price"),
} satisfies Fields<ClosedModel>);

const batch: z.ZodType<OpenBatch> = z.object({
  batch: z.string().describe("Its id"),
  service: z.string().nullable().describe("The service that submitted it; null where that is not known"),
  endedAt: time.nullable().describe("When it ended; null where that was not recorded"),
  requests: count.describe("Its requests"),
  recorded: count.describe("Requests of which the result is recorded"),
  deletedAt: time.describe("When its results are deleted, or the earliest time at which they can be"),
} satisfies Fields<OpenBatch>);

/** The document of `farthing close`. */
export const closeSchema: z.ZodType<CloseDocument> = z.object({
  schemaVersion,
  ledger: z.string().describe("Path of the ledger"),
  dryRun: z.boolean().describe("Whether this only tells what would be closed"),
  closed: closingJson.describe("What the period was closed with"),
  models: z.array(model).describe("The same by model, by usd descending"),
  open: z
    .object({
      unreadBatches: z.array(batch).describe("Batches that ended in the period, or may have, with unread results"),
      unpriced: z.array(unpricedRow).describe("Responses without a price: not in the figure"),
      failedAtUnknownCost: count.describe("Attempts that may have been billed without an answer"),
      lowerBoundRequests: count.describe("Responses whose output is a lower bound"),
      droppedEvents: count.describe("Events that a full queue left out"),
      damagedPlaces: count.describe("Places of the ledger that cannot be read"),
    } satisfies Fields<CloseDocument["open"]>)
    .describe("What can still change what the period came to, or is missing from the figure"),
} satisfies Fields<CloseDocument>);
