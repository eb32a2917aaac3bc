import { hash } from "node:crypto";
import { idHash } from "../../events/id-hash.ts";

/** An event as its line, and what a row says beside it. */
export interface EventLine {
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly occurredAt: string;
  /** Canonical JSON. */
  readonly json: string;
}

/** Parameters of a statement that takes many rows at once. */
export type RowParameters = readonly [hashes: string, digests: string, months: string, lines: string];

/**
 * Rows as four parameters, whatever their number. Lines hold no line feed, so that they need no escaping as the elements
 * of an array would, which costs more than all else.
 */
export function rowParameters(events: readonly EventLine[]): RowParameters {
  return [
    `{${events.map(({ id }) => idHash(id)).join(",")}}`,
    `{${events.map(({ json }) => digestOf(json)).join(",")}}`,
    `{${events.map(({ occurredAt }) => monthOf(occurredAt)).join(",")}}`,
    events.map(({ json }) => json).join("\n"),
  ];
}

/** The rows of `rowParameters`, numbered from 1. */
export const ROWS = `rows from (unnest($1::bigint[], $2::uuid[], $3::integer[]), string_to_table($4, E'\\n'))
  with ordinality as t(id_hash, digest, month, line, ordinal)`;

/** Who inserts the same rows at once waits for the other one: in one order for all, nobody waits in a circle. */
export const IN_ORDER = "order by id_hash, digest";

/** The hashes of some ids as one parameter. */
export function hashesOf(ids: Iterable<string>): string {
  return `{${Array.from(ids, idHash).join(",")}}`;
}

/** The first half of a line's SHA-256: two lines that are not the same have two of them. */
export function digestOf(json: string): string {
  return hash("sha256", json, "hex").slice(0, 32);
}

/** Such as 202611. */
function monthOf(occurredAt: string): string {
  return occurredAt.slice(0, 4) + occurredAt.slice(5, 7);
}
