import type { Condition, Instant, Position, PriceBook } from "@farthing/ledger";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { ledgersToRead } from "./locate-ledger.ts";
import { warnOfDamage, warnOfMany, warnOfUnknownTypes } from "../messages.ts";
import { parseWhere } from "./parse-where.ts";
import { withTokens } from "../input/label-tokens.ts";
import { askLedgers, type LedgerContents } from "../input/ask-ledgers.ts";
import { parseAsOf } from "./as-of.ts";
import { checkTimes, parseInstantFlag, toPeriod, type TimeFlags } from "./time-options.ts";

/** Flags of every command that reads ledgers. */
export interface LedgerFlags {
  readonly ledger: readonly string[];
  readonly now?: string;
  readonly pricesKnownAt?: string;
}

/** Flags of every command that answers a question about some of the requests. */
export interface FilterFlags extends LedgerFlags, TimeFlags {
  readonly where: readonly string[];
  readonly asOf?: string;
}

/** What a command answers its question from. */
export interface Selection {
  readonly contents: LedgerContents;
  /** As `--prices-known-at` asks for. */
  readonly book: PriceBook;
  /** What it asks for; null where it was not given. */
  readonly pricesKnownAt: Instant | null;
  readonly where: readonly Condition[];
  readonly since: Instant | null;
  readonly until: Instant | null;
  /** As `--period` was typed; absent where it was not. */
  readonly period?: string;
  readonly timeZone: string;
  readonly now: Instant;
  /** What had been recorded then; null for all there is. */
  readonly asOf: Position | Instant | null;
}

/** An answer, and what to end with once it is written. */
export interface Answered<T> {
  readonly answer: T;
  readonly exitCode: ExitCode;
}

/** Checks all flags, then asks the ledgers, and says on stderr what of them could not be read. */
export async function askSelected<T>(
  io: CommandIo,
  flags: FilterFlags,
  ask: (selection: Selection) => Promise<T>,
): Promise<Answered<T>> {
  const times = checkTimes(flags);
  const typed = parseWhere(flags.where);
  const now = nowOf(io, flags);
  const knownAt = flags.pricesKnownAt === undefined ? null : parseInstantFlag(flags.pricesKnownAt, "--prices-known-at");
  const asOf = flags.asOf === undefined ? null : parseAsOf(flags.asOf);
  const paths = await ledgersToRead(flags.ledger, io);
  const { answer, contents } = await askLedgers(io, paths, asOf, async (found) => {
    const { calendar, since, until } = toPeriod(times, found.settings.timeZone);
    const selection: Selection = {
      contents: found,
      book: knownAt === null ? found.book : found.book.knownAt(knownAt),
      pricesKnownAt: knownAt,
      where: await withTokens(io, typed, { paths, ...found.settings }),
      since,
      until,
      ...(flags.period === undefined ? {} : { period: flags.period }),
      timeZone: calendar.timeZone,
      now,
      asOf,
    };
    return { answer: await ask(selection), contents: found };
  });
  const { damage, unknownTypes } = contents.view;
  warnOfDamage(io, damage);
  warnOfMany(io, contents.warnings);
  warnOfUnknownTypes(io, unknownTypes);
  return { answer, exitCode: damage.length === 0 ? EXIT.done : EXIT.badInput };
}

/** The time it is: as `--now` says, else the clock's. */
export function nowOf(io: CommandIo, flags: { readonly now?: string }): Instant {
  return flags.now === undefined ? io.now() : parseInstantFlag(flags.now, "--now");
}
