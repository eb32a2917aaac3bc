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
export type RowParameters = readonly [hashes: string, digests: string, months: string, ordinals: string, lines: string];

/**
 * Rows as five parameters, whatever their number. Lines hold no line feed, so that they need no escaping as the elements
 * of an array would, which costs more than all else.
 *
 * They are in one order for all who insert: who inserts the same rows at once waits for the other one, and so nobody waits
 * in a circle. `ordinal` is their own order, from 1.
 */
export function rowParameters(events: readonly EventLine[]): RowParameters {
  const rows = events
    .map(({ id, occurredAt, json }, index) => ({
      hash: idHash(id),
      digest: digestOf(json),
      month: monthOf(occurredAt),
      ordinal: index + 1,
      json,
    }))
    .sort((a, b) => a.hash - b.hash || (a.digest < b.digest ? -1 : 1));
  return [
    `{${rows.map(({ hash }) => hash).join(",")}}`,
    `{${rows.map(({ digest }) => digest).join(",")}}`,
    `{${rows.map(({ month }) => month).join(",")}}`,
    `{${rows.map(({ ordinal }) => ordinal).join(",")}}`,
    rows.map(({ json }) => json).join("\n"),
  ];
}

/** The rows of `rowParameters`. */
export const ROWS = `rows from (
  unnest($1::bigint[], $2::uuid[], $3::integer[], $4::integer[]), string_to_table($5, E'\\n')
) as t(id_hash, digest, month, ordinal, line)`;

/** The hashes of some ids as one parameter. */
export function hashesOf(ids: Iterable<string>): string {
  return `{${Array.from(ids, idHash).join(",")}}`;
}

/** The first half of a line's SHA-256: two lines that are not the same have two of them. */
export function digestOf(json: string | Uint8Array): string {
  return hash("sha256", json, "hex").slice(0, 32);
}

/** Such as 202611. */
export function monthOf(occurredAt: string): string {
  return occurredAt.slice(0, 4) + occurredAt.slice(5, 7);
}
