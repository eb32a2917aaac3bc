import {
  formatInstant,
  type Condition,
  type GroupKey,
  type Instant,
  type Position,
  type PriceBook,
} from "@farthing/ledger";
import type { Report } from "../../report/report.ts";
import { asOfText } from "../../report/words.ts";
import type { Selection } from "../flags/selection.ts";

/** Before anything was recorded. */
const NOTHING_RECORDED: Instant = 0;

/** Flags that ask several ledgers, or one, as they were asked, whatever comes to be recorded, known or later. */
export function pinnedFlags(selections: readonly [Selection, ...Selection[]]): readonly string[] {
  const [first] = selections;
  return [
    "--as-of",
    asOfText(recordedBy(selections)),
    ...timeFlags(first, newestPrice(selections.map(({ book }) => book))),
  ];
}

/**
 * Flags that ask the same of the same ledgers. They name none of these, and no position where none was asked for: copies
 * of ledgers, and one that holds what they hold, have equal documents.
 */
export function sameQuestion(selection: Selection): readonly string[] {
  const { asOf, book } = selection;
  return [
    ...filterFlags(selection),
    ...(asOf === null ? [] : ["--as-of", asOfText(asOf)]),
    ...timeFlags(selection, newestPrice([book])),
  ];
}

function timeFlags({ now }: Selection, knownAt: Instant): readonly string[] {
  return ["--prices-known-at", formatInstant(knownAt), "--now", formatInstant(now)];
}

/** The ledgers as they were read, with the filters, the period and the time zone. */
export function pinnedQuestion(selection: Selection): readonly string[] {
  return [...ledgerFlags("--ledger", selection), ...filterFlags(selection), ...pinnedFlags([selection])];
}

/** Which responses the advice of a report rests on, where these are fewer than the report's. */
export function basisFlags({ advice }: Report): readonly string[] {
  return advice.position === null ? [] : ["--advice-as-of", advice.position];
}

/** The same of the example: what it holds, and its prices, change with releases alone. */
export function exampleQuestion(filters: Filters & Pick<Selection, "now">): readonly string[] {
  return [...filterFlags(filters), "--now", formatInstant(filters.now)];
}

type Filters = Pick<Selection, "since" | "until" | "period" | "where" | "timeZone">;

function filterFlags({ since, until, period, where, timeZone }: Filters): readonly string[] {
  const ends = [
    ...(since === null ? [] : ["--since", formatInstant(since)]),
    ...(until === null ? [] : ["--until", formatInstant(until)]),
  ];
  return [...whereFlags(where), ...(period === undefined ? ends : ["--period", period]), "--tz", timeZone];
}

export function ledgerFlags(flag: "--ledger" | "--ledger-b", { contents }: Selection): readonly string[] {
  return contents.paths.flatMap((path) => [flag, path]);
}

export function byFlags(by: readonly GroupKey[]): readonly string[] {
  return by.length === 0 ? [] : ["--by", by.join(",")];
}

/** Values of personal labels are the tokens they are stored as: these are understood in their place. */
export function whereFlags(where: readonly Condition[]): readonly string[] {
  return where.flatMap(({ key, value }) => ["--where", `${key}=${value ?? ""}`]);
}

/** What was asked for, else the position of what was read. */
function recordedBy(selections: readonly [Selection, ...Selection[]]): Position | Instant {
  const [{ asOf }] = selections;
  if (asOf !== null) return asOf;
  const places = selections.flatMap(({ contents }) => contents.view.position.split(","));
  const furthest = new Map<string, string>();
  for (const place of places.filter((text) => text !== "")) {
    const [writer = ""] = place.split(":");
    const known = furthest.get(writer);
    if (known === undefined || isFurther(place, known)) furthest.set(writer, place);
  }
  if (furthest.size === 0) return NOTHING_RECORDED;
  return [...furthest.values()].join(",") as Position;
}

/** Of two places in one log. */
function isFurther(place: string, than: string): boolean {
  const [, segment, byte] = place.split(":").map(Number);
  const [, otherSegment, otherByte] = than.split(":").map(Number);
  return segment === otherSegment ? Number(byte) > Number(otherByte) : Number(segment) > Number(otherSegment);
}

/** Prices of later releases are known later, so that with this the book is the same. */
function newestPrice(books: readonly PriceBook[]): Instant {
  return books.flatMap(({ cards }) => cards).reduce((newest, { knownFrom }) => Math.max(newest, knownFrom), 0);
}
