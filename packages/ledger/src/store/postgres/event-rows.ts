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

/**
 * Has a commit be durable before it is acknowledged, also where the server or the user is set otherwise; all other settings
 * outlive a crash of the server. To be selected in the statement itself: behind a pooler, the next one can be another session's.
 */
export const DURABLY: string =
  "case when current_setting('synchronous_commit') = 'off' then set_config('synchronous_commit', 'on', true) end";

/** Whoever has given up waiting for an answer does not leave a statement behind that waits for rows of another transaction. */
const NOT_FOR_EVER = "case when current_setting('lock_timeout') = '0' then set_config('lock_timeout', '60s', true) end";

/**
 * What a statement that inserts `ROWS` has first: until its transaction ends, how it waits and commits, and after which
 * ordinal its rows come. Several may be in one transaction, and no two rows of it have the same place: whoever reads on from
 * one would pass over the other.
 */
export const INSERTING: string = `inserting as materialized (
  select set_config('farthing.ordinal', (coalesce(nullif(current_setting('farthing.ordinal', true), ''), '0')::integer
      + cardinality($4::integer[]))::text, true)::integer - cardinality($4::integer[]) as ordinal,
    ${DURABLY}, ${NOT_FOR_EVER}
)`;

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
