import { LedgerFormatError } from "../../errors.ts";
import type { Dropped } from "../../events/dropped.ts";
import { TOKEN_BUCKETS } from "../../usage/usage.ts";
import type { ChainHead } from "./frame.ts";

/** A segment that was dropped, and where its log stood at its end. */
export interface DroppedSegment extends ChainHead {
  readonly writer: string;
  readonly segment: number;
  readonly bytes: number;
}

/**
 * What one prune did. From the moment it is there, the segments it dropped count no more, and the log it made does;
 * before, it is the other way round.
 */
export interface PruneRecord {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** From 1. */
  readonly number: number;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** Requests that were complete before this instant were rolled up; of a trim, when the newest line that went occurred. */
  readonly before: string;
  /** The log that holds the sums, and what was carried over as it was; of no segments where there is nothing. */
  readonly log: { readonly writer: string; readonly segments: number; readonly seq: number; readonly chain: string };
  readonly dropped: readonly DroppedSegment[];
  /** Requests whose detail is gone. */
  readonly requests: number;
  /** SHA-256 of the file of their ids. */
  readonly ids: string;
  /** SHA-256 of the record before; null for the first. */
  readonly previous: string | null;
  /** What a trim took, which puts no sums in the place of lines; absent of a prune. */
  readonly trimmed?: TrimmedLines;
  /**
   * By the ids of shared ledgers: what went that one has not and another has, or that is in a sum which is not sent there.
   * Those that were lost are not among it. Each is told of its own when it is forwarded to again.
   */
  readonly lackedBy?: Readonly<Record<string, Lacked>>;
}

/** Lines that went before a shared ledger had them. */
export interface Lacked extends Dropped {
  /** When the newest of them occurred: ISO 8601 in UTC. */
  readonly until: string;
}

/** Lines that are no longer in a ledger's folder, so that it stays small. */
export interface TrimmedLines {
  /** All of them, but for those that were carried over. */
  readonly lines: number;
  /** Those that had not been forwarded, and are in no ledger: `EventsDropped` events say what they were. */
  readonly lost: number;
}

const FORMAT = "farthing-pruned";
const VERSION = 1;

export function formatRecord(record: Omit<PruneRecord, "format" | "version">): string {
  const whole: PruneRecord = { format: FORMAT, version: VERSION, ...record };
  return `${JSON.stringify(whole, null, 2)}\n`;
}

/** @throws LedgerFormatError for a text that is no record, or one of a newer release. */
export function parseRecord(path: string, text: string): PruneRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw damaged(path);
  }
  if (!isFields(json) || json["format"] !== FORMAT) throw damaged(path);
  if (json["version"] !== VERSION) {
    throw new LedgerFormatError(path, "was written by a newer release; update farthing");
  }
  if (!isRecord(json)) throw damaged(path);
  return json;
}

function isRecord(json: Fields): json is Fields & PruneRecord {
  const { number, at, before, log, dropped, requests, ids, previous, trimmed, lackedBy = {} } = json;
  return (
    [number, at, requests].every(isCount) &&
    [before, ids].every(isText) &&
    (previous === null || isText(previous)) &&
    isFields(log) &&
    [log["seq"], log["segments"]].every(isCount) &&
    [log["writer"], log["chain"]].every(isText) &&
    Array.isArray(dropped) &&
    dropped.every(isDropped) &&
    (trimmed === undefined || (isFields(trimmed) && [trimmed["lines"], trimmed["lost"]].every(isCount))) &&
    isFields(lackedBy) &&
    Object.values(lackedBy).every(isLacked)
  );
}

function isDropped(value: unknown): value is DroppedSegment {
  if (!isFields(value)) return false;
  const { writer, segment, bytes, seq, chain, at } = value;
  return [segment, bytes, seq].every(isCount) && [writer, chain].every(isText) && (at === null || isCount(at));
}

function isLacked(value: unknown): value is Lacked {
  if (!isFields(value) || !isFields(value["tokens"])) return false;
  const { count, tokens, until } = value;
  return isCount(count) && isText(until) && TOKEN_BUCKETS.every((bucket) => isCount(tokens[bucket]));
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function damaged(path: string): LedgerFormatError {
  return new LedgerFormatError(path, "is damaged; restore it from a copy: it says which segments count");
}
