import { z } from "zod";
import { count, schemaVersion, time, type Fields } from "./fields.ts";

/** How far a folder's events have been forwarded. */
export interface ForwardingStatus {
  readonly to: string;
  readonly forwarded: number;
  readonly waiting: number;
  readonly at: string | null;
  readonly newestAt: string | null;
  readonly error: string | null;
}

const forwardingFields = {
  to: z.string().describe("The database, without credentials"),
  forwarded: count.describe("Events that are in it"),
  waiting: count.describe("Events of the folder that are not"),
  at: time.nullable().describe("When some were sent last; null before"),
  newestAt: time.nullable().describe("When the newest of them occurred; null before"),
  error: z.string().nullable().describe("Why the last try failed; null where it did not"),
} satisfies Fields<ForwardingStatus>;

export const forwardingStatus: z.ZodType<ForwardingStatus> = z.object(forwardingFields);

/** How far one of a user's outboxes is. */
export interface OutboxStatus extends Omit<ForwardingStatus, "forwarded" | "waiting"> {
  readonly path: string;
  readonly forwarded: number | null;
  readonly waiting: number | null;
  readonly forgottenAt: string | null;
}

export const outboxStatus: z.ZodType<OutboxStatus> = z.object({
  path: z.string().describe("Its folder"),
  ...forwardingFields,
  forwarded: count.nullable().describe("Events that are in it; null where that cannot be read"),
  waiting: count.nullable().describe("Events of the folder that are not; null where that cannot be read"),
  forgottenAt: time.nullable().describe("When the database was forgotten; null where it was not"),
} satisfies Fields<OutboxStatus>);

/** A database that was forgotten. */
export interface ForgottenStatus {
  readonly to: string;
  readonly waiting: number;
  readonly at: string;
}

export const forgottenStatus: z.ZodType<ForgottenStatus> = z.object({
  to: z.string().describe("The database, without credentials"),
  waiting: count.describe("Events of the folder that were in no database then"),
  at: time.describe("When it was forgotten"),
} satisfies Fields<ForgottenStatus>);

/** What a host that forwards last said of itself. */
export interface HostStatus {
  readonly outbox: string;
  readonly host: string;
  readonly forwarded: number;
  readonly waiting: number;
  readonly reportedAt: string;
  readonly newestAt: string | null;
}

export const hostStatus: z.ZodType<HostStatus> = z.object({
  outbox: z.string().describe("Id of the ledger's folder on the host"),
  host: z.string().describe("The host"),
  forwarded: count.describe("Events of it that are in the database"),
  waiting: count.describe("Events that were not, when it said so"),
  reportedAt: time.describe("When it said so, by the server's clock"),
  newestAt: time.nullable().describe("When the newest of its events occurred; null where there is none"),
} satisfies Fields<HostStatus>);

/** What a forwarding came to. */
export interface ForwardDocument {
  readonly schemaVersion: 1;
  readonly ledger: string;
  readonly to: string;
  readonly forwarded: number;
  readonly waiting: number;
  readonly forgotten: boolean;
}

/** The document of `farthing forward`. */
export const forwardSchema: z.ZodType<ForwardDocument> = z.object({
  schemaVersion,
  ledger: z.string().describe("Path of the ledger"),
  to: z.string().describe("The database, without credentials"),
  forwarded: count.describe("Events of the folder that are in it"),
  waiting: count.describe("Events that are not; of a database that was forgotten, those that are in none"),
  forgotten: z.boolean().describe("Whether the database was forgotten, and nothing sent"),
} satisfies Fields<ForwardDocument>);

/** What a migration came to. */
export interface MigrateDocument {
  readonly schemaVersion: 1;
  readonly ledger: string;
  readonly from: number;
  readonly to: number;
  readonly partitions: readonly string[];
  readonly newEra: boolean;
  readonly rightsRestored: boolean;
}

/** The document of `farthing migrate`. */
export const migrateSchema: z.ZodType<MigrateDocument> = z.object({
  schemaVersion,
  ledger: z.string().describe("The database, without credentials"),
  from: count.describe("Version of its tables before; 0 where there were none"),
  to: count.describe("Version of its tables now"),
  partitions: z.array(z.string()).describe("Partitions that were made, one per month"),
  newEra: z.boolean().describe("Whether it was found to be restored from a copy, so that hosts copy it anew"),
  rightsRestored: z.boolean().describe("Whether a role was missing, or lacked what it may do, and was put right"),
} satisfies Fields<MigrateDocument>);
