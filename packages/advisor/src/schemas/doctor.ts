import type { Damage, TokenBuckets, UnpricedRow } from "@farthing/ledger";
import { z } from "zod";
import { codes, count, priceBook, schemaVersion, time, type Fields } from "./fields.ts";
import {
  forgottenStatus,
  forwardingStatus,
  hostStatus,
  outboxStatus,
  type ForgottenStatus,
  type ForwardingStatus,
  type HostStatus,
  type OutboxStatus,
} from "./shared-ledger.ts";
import { damage, unpricedRow } from "./spend.ts";

/** What one check found. */
export interface DoctorCheck {
  readonly check: string;
  readonly status: "ok" | "attention" | "note";
  readonly finding: string;
  readonly next: string | null;
}

/** What was seen by one source of one service. */
export interface DoctorOrigin {
  readonly source: string;
  readonly service: string | null;
  readonly requests: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly activeHours: number;
  readonly longestPauseMs: number;
  readonly hosts: readonly { readonly host: string | null; readonly requests: number; readonly lastAt: string }[];
}

/** When a service said that it was recording. */
export interface DoctorCapture {
  readonly service: string | null;
  readonly firstAt: string;
  readonly recordedMs: number;
  readonly openHosts: number;
  readonly stoppedAt: string | null;
}

/** A batch of which results were not read. */
export interface DoctorBatch {
  readonly batch: string;
  readonly service: string | null;
  readonly submittedAt: string | null;
  readonly endedAt: string | null;
  readonly requests: number;
  readonly succeeded: number | null;
  readonly recorded: number;
  readonly deletedAt: string;
}

/** Transcripts of Claude Code on this machine. */
export interface DoctorTranscripts {
  readonly roots: readonly string[];
  readonly files: number;
  readonly knownFiles: number;
  readonly unreadBytes: number;
  readonly newestUnreadAt: string | null;
}

/** A ledger's condition. */
export interface DoctorDocument {
  readonly schemaVersion: 1;
  readonly ledger: string;
  readonly now: string;
  readonly healthy: boolean;
  readonly checks: readonly DoctorCheck[];
  readonly origins: readonly DoctorOrigin[];
  readonly captures: readonly DoctorCapture[];
  readonly dropped: { readonly events: number; readonly tokens: TokenBuckets; readonly lastAt: string | null };
  readonly unpriced: readonly UnpricedRow[];
  readonly requests: number;
  readonly conflicts: number;
  readonly unreadBatches: readonly DoctorBatch[];
  readonly damage: readonly Damage[];
  readonly prices: { readonly hash: string; readonly newestKnownFrom: string };
  readonly transcripts: DoctorTranscripts | null;
  readonly importedAt: string | null;
  readonly forwarding: readonly ForwardingStatus[];
  readonly forgotten: readonly ForgottenStatus[];
  readonly outboxes: readonly OutboxStatus[] | null;
  readonly hosts: readonly HostStatus[] | null;
  readonly heldBackMs: number | null;
  readonly disk: {
    readonly logBytes: number;
    readonly derivedBytes: number;
    readonly damagedBytes: number;
    readonly otherBytes: number;
    readonly freeBytes: number | null;
  };
  readonly locks: readonly {
    readonly name: string;
    readonly pid: number | null;
    readonly host: string | null;
    readonly held: boolean;
  }[];
  readonly logs: readonly { readonly writer: string; readonly seq: number; readonly lastAt: string | null }[];
}

const check: z.ZodType<DoctorCheck> = z.object({
  check: z.string().describe("What was looked at; names may be added"),
  status: codes<DoctorCheck["status"]>({
    ok: "As it should be",
    attention: "Something to do",
    note: "Nothing to worry about, and worth knowing",
  }).describe("How it is"),
  finding: z.string().describe("What was found, for people"),
  next: z.string().nullable().describe("What to do next, for people; null where there is nothing to do"),
} satisfies Fields<DoctorCheck>);

const service = z.string().nullable().describe("The service; null where it has no name");
const host = z.string().nullable().describe("The host; null where it is not known");

const unreadBatch: z.ZodType<DoctorBatch> = z.object({
  batch: z.string().describe("The batch"),
  service,
  submittedAt: time.nullable().describe("When it was created; null where that is not known"),
  endedAt: time.nullable().describe("When it ended; null where that was not seen"),
  requests: count.describe("Its requests"),
  succeeded: count.nullable().describe("Those of them that were answered, and billed; null where that is not known"),
  recorded: count.describe("Those of them whose results were read"),
  deletedAt: time.describe("When its results are deleted; where its creation is not known, the earliest time"),
} satisfies Fields<DoctorBatch>);

const origin: z.ZodType<DoctorOrigin> = z.object({
  source: z.string().describe("Where requests were seen, such as claude-code"),
  service,
  requests: count.describe("Requests recorded, failed ones included"),
  firstAt: time.describe("The first"),
  lastAt: time.describe("The last"),
  activeHours: count.describe("In how many different hours there were any"),
  longestPauseMs: count.describe("The longest time without any between two of them, to the hour, in milliseconds"),
  hosts: z
    .array(
      z.object({
        host,
        requests: count.describe("Requests recorded there"),
        lastAt: time.describe("The last of them"),
      } satisfies Fields<DoctorOrigin["hosts"][number]>),
    )
    .describe("Hosts, by their newest request, newest first"),
} satisfies Fields<DoctorOrigin>);

const capture: z.ZodType<DoctorCapture> = z.object({
  service,
  firstAt: time.describe("When it first started to record"),
  recordedMs: count.describe("How long it recorded on any host, in milliseconds, as far as it said"),
  openHosts: count.describe("Hosts that have not said that they stopped"),
  stoppedAt: time.nullable().describe("When the last host stopped; null while one has not said so"),
} satisfies Fields<DoctorCapture>);

const tokenBuckets = z
  .object({
    uncachedInput: count.describe("Prompt tokens neither read from nor written to the cache"),
    cacheWrite5m: count.describe("Prompt tokens written to the cache to live five minutes"),
    cacheWrite1h: count.describe("Prompt tokens written to the cache to live one hour"),
    cacheRead: count.describe("Prompt tokens read from the cache"),
    output: count.describe("Generated tokens"),
  } satisfies Fields<TokenBuckets>)
  .describe("Their tokens");

const transcripts: z.ZodType<DoctorTranscripts> = z.object({
  roots: z.array(z.string()).describe("Where they were looked for"),
  files: count.describe("How many there are"),
  knownFiles: count.describe("Of those, files of which an import has read something"),
  unreadBytes: count.describe("What no import has read"),
  newestUnreadAt: time
    .nullable()
    .describe("When a file with unread bytes was last written to; null where all was read"),
} satisfies Fields<DoctorTranscripts>);

/** The document of `farthing doctor`. */
export const doctorSchema: z.ZodType<DoctorDocument> = z.object({
  schemaVersion,
  ledger: z.string().describe("Path of the ledger"),
  now: time.describe("The time it was judged at"),
  healthy: z.boolean().describe("Whether nothing needs attention"),
  checks: z
    .array(check)
    .describe("What was looked at, in a fixed order; a check without anything to look at is absent"),
  origins: z.array(origin).describe("Who recorded, by the newest request, newest first"),
  captures: z.array(capture).describe("Services that say when they record, by service"),
  dropped: z
    .object({
      events: count.describe("Events that were seen and not recorded"),
      tokens: tokenBuckets,
      lastAt: time.nullable().describe("When it last happened; null where it never did"),
    } satisfies Fields<DoctorDocument["dropped"]>)
    .describe("What a full queue lost"),
  unpriced: z.array(unpricedRow).describe("Responses without a price, by model and reason"),
  requests: count.describe("Billed responses of all recorded time"),
  conflicts: count.describe("Responses of which final snapshots disagree"),
  unreadBatches: z
    .array(unreadBatch)
    .describe("Batches of which results were not read, deleted ones included, by the day of that"),
  damage: z.array(damage).describe("Damage met while reading; verify looks at every byte"),
  prices: z
    .object({
      hash: priceBook,
      newestKnownFrom: time.describe("When the newest list price of this release became known"),
    } satisfies Fields<DoctorDocument["prices"]>)
    .describe("The prices in force"),
  transcripts: transcripts.nullable().describe("Claude Code on this machine; null where it keeps no transcripts"),
  importedAt: time.nullable().describe("When the last import of transcripts ended; null where there was none"),
  forwarding: z.array(forwardingStatus).describe("Databases that the folder's events are forwarded to"),
  forgotten: z
    .array(forgottenStatus)
    .describe("Databases that were forgotten while events waited for them that are in no database to this day"),
  outboxes: z
    .array(outboxStatus)
    .nullable()
    .describe("Of a ledger in a database, this user's outboxes on this machine; null of a folder"),
  hosts: z.array(hostStatus).nullable().describe("Of a ledger in a database, the hosts that forward; null of a folder"),
  heldBackMs: z
    .number()
    .nullable()
    .describe("Of a ledger in a database, how long ago the oldest event was recorded that is not shown yet"),
  disk: z
    .object({
      logBytes: count.describe("The log"),
      derivedBytes: count.describe("What can be made again from the log"),
      damagedBytes: count.describe("What was put aside by repairs"),
      otherBytes: count.describe("Everything else"),
      freeBytes: count.nullable().describe("Left on the device; null where the system does not tell"),
    } satisfies Fields<DoctorDocument["disk"]>)
    .describe("What the ledger takes, in bytes"),
  locks: z
    .array(
      z.object({
        name: z.string().describe("The lock's file in the ledger"),
        pid: count.nullable().describe("Its process; null where the file names none"),
        host,
        held: z.boolean().describe("Whether that process is alive, as far as this machine can tell"),
      } satisfies Fields<DoctorDocument["locks"][number]>),
    )
    .describe("Who is at work in the ledger, or was when it ended"),
  logs: z
    .array(
      z.object({
        writer: z.string().describe("The writer"),
        seq: count.describe("The number of its newest line"),
        lastAt: time.nullable().describe("When its newest line was recorded; null where it does not say"),
      } satisfies Fields<DoctorDocument["logs"][number]>),
    )
    .describe("Every writer's log, by name"),
} satisfies Fields<DoctorDocument>);
