import type { Condition, Instant, PriceBook } from "@farthing/ledger";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { ledgersToRead } from "./locate-ledger.ts";
import { warn, warnOfDamage, warnOfMany } from "../messages.ts";
import { parseWhere } from "./parse-where.ts";
import { withTokens } from "../input/label-tokens.ts";
import { readLedgers, type LedgerContents } from "../input/read-ledgers.ts";
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
}

/** What a command answers its question from. */
export interface Selection {
  readonly contents: LedgerContents;
  /** As `--prices-known-at` asks for. */
  readonly book: PriceBook;
  readonly where: readonly Condition[];
  readonly since: Instant | null;
  readonly until: Instant | null;
  readonly timeZone: string;
  readonly now: Instant;
  /** What to end with once the answer is written. */
  readonly exitCode: ExitCode;
}

/** Checks all flags, then reads the ledgers, and says on stderr what of them could not be read. */
export async function select(io: CommandIo, flags: FilterFlags): Promise<Selection> {
  const times = checkTimes(flags);
  const where = parseWhere(flags.where);
  const now = nowOf(io, flags);
  const knownAt = flags.pricesKnownAt === undefined ? null : parseInstantFlag(flags.pricesKnownAt, "--prices-known-at");
  const contents = await readLedgers(ledgersToRead(flags.ledger, io));
  const { calendar, since, until } = toPeriod(times, contents.settings.timeZone);
  warnOfDamage(io, contents.damage);
  warnOfMany(io, contents.warnings);
  if (contents.account.unknownTypes.size > 0) {
    warn(
      io,
      `in no figure, of types this release does not know (newer, or misspelt): ${countsOf(contents.account.unknownTypes)}`,
    );
  }
  return {
    contents,
    book: knownAt === null ? contents.book : contents.book.knownAt(knownAt),
    where: await withTokens(io, where, { paths: contents.paths, ...contents.settings }),
    since,
    until,
    timeZone: calendar.timeZone,
    now,
    exitCode: contents.damage.length === 0 ? EXIT.done : EXIT.badInput,
  };
}

/** The time it is: as `--now` says, else the clock's. */
export function nowOf(io: CommandIo, flags: { readonly now?: string }): Instant {
  return flags.now === undefined ? io.now() : parseInstantFlag(flags.now, "--now");
}

function countsOf(types: ReadonlyMap<string, number>): string {
  return [...types].map(([type, count]) => `${String(count)} ${type}`).join(", ");
}
