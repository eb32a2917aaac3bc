import type { Position } from "../event-store.ts";

/** Where in a database's order a row stands. */
export interface RowPlace {
  /** How often the numbers of transactions had begun anew; from 1. */
  readonly era: number;
  /** Number of the transaction that wrote it. */
  readonly transaction: string;
  /** From 1 within the transaction. */
  readonly ordinal: number;
}

/** Before the first row. */
export const FIRST_PLACE: RowPlace = { era: 0, transaction: "0", ordinal: 0 };

const PLACE = /^(\d{1,5})\.(\d{1,20})\.(\d{1,10})$/;

export function encodePlace({ era, transaction, ordinal }: RowPlace): Position {
  return `${String(era)}.${transaction}.${String(ordinal)}` as Position;
}

/** @throws RangeError for a text that is no position of a database. */
export function decodePlace(position: Position): RowPlace {
  if (position === "") return FIRST_PLACE;
  const [, era, transaction, ordinal] = PLACE.exec(position) ?? [];
  if (era === undefined || transaction === undefined || ordinal === undefined) {
    throw new RangeError(`"${position}" is not a position of a ledger in a database`);
  }
  return { era: Number(era), transaction, ordinal: Number(ordinal) };
}
