import {
  askRows,
  calendarOf,
  costDriversProjection,
  spendProjection,
  type CostDrivers,
  type GroupKey,
  type Instant,
  type SpendResult,
} from "@farthing/ledger";
import type { SideSamples } from "../../compare/regressions.ts";
import { NO_GAPS, recordingGaps, type RecordingGaps, type Side } from "../../compare/side.ts";
import { askSelected, type Answered, type FilterFlags, type Selection } from "../flags/selection.ts";
import type { BoundedPeriod, PeriodFlag } from "../flags/period.ts";
import type { CommandIo } from "../io.ts";

/** Flags that name what is compared, besides the two periods. */
export interface TwoSidesFlags extends FilterFlags {
  /** The ledgers of the second side; none for those of the first. */
  readonly ledgerB: readonly string[];
}

/** What one side was asked, and what it came to. */
export interface AskedSide extends Side {
  readonly selection: Selection;
  readonly drivers: CostDrivers;
  /** What it is judged by; null where nobody asked. */
  readonly samples: SideSamples | null;
}

/** Looks closer at a side while the ledger is open. */
type TakeSamples = (side: AskedSide) => Promise<SideSamples | null>;

/** What both sides came to, before and after. */
export interface TwoSides {
  readonly before: AskedSide;
  readonly after: AskedSide;
}

const DAY_MS = 86_400_000;

/** Asks one ledger about two periods, or two ledgers about one each. A null period is all there is. */
export async function askTwoSides(
  io: CommandIo,
  flags: TwoSidesFlags,
  periods: readonly [before: PeriodFlag | null, after: PeriodFlag | null],
  by: readonly GroupKey[],
  take: TakeSamples = () => Promise.resolve(null),
): Promise<Answered<TwoSides>> {
  const [before, after] = periods;
  if (flags.ledgerB.length === 0) {
    return askSelected(io, flags, async (selection) => ({
      before: await sideOf(selection, before, by, take),
      after: await sideOf(selection, after, by, take),
    }));
  }
  const was = await askSelected(io, flags, (selection) => sideOf(selection, before, by, take));
  const is = await askSelected(io, { ...flags, ledger: flags.ledgerB }, (selection) =>
    sideOf(selection, after, by, take),
  );
  return {
    answer: { before: was.answer, after: is.answer },
    exitCode: was.exitCode === 0 ? is.exitCode : was.exitCode,
  };
}

async function sideOf(
  selection: Selection,
  periodFlag: PeriodFlag | null,
  by: readonly GroupKey[],
  take: TakeSamples,
): Promise<AskedSide> {
  const period = periodFlag?.(calendarOf(selection.timeZone)) ?? null;
  const { contents } = selection;
  const query = { ...selection, since: period?.since ?? null, until: period?.until ?? null, by };
  const drivers = await askRows(costDriversProjection(query), contents.view, contents.checkpoints);
  const side = {
    selection,
    drivers,
    spend: drivers.spend,
    period,
    days: daysOf(period, drivers.spend, selection.now),
    isOpen: isOpen(period, selection.now),
    gaps: await gapsOf(period, drivers.spend, selection),
    timeZone: selection.timeZone,
    ledgers: contents.paths,
    samples: null,
  };
  return { ...side, samples: await take(side) };
}

function isOpen(period: BoundedPeriod | null, now: Instant): boolean {
  return period !== null && period.until > now;
}

/** Of a period that is not over, the days so far. */
function daysOf(period: BoundedPeriod | null, { span }: SpendResult, now: Instant): number | null {
  if (period !== null) return Math.max(0, Math.min(period.until, now) - period.since) / DAY_MS;
  return span === null ? null : (span.last - span.first) / DAY_MS;
}

/** All that the ledgers hold is asked for where what was compared does not show that they hold something that early and late. */
async function gapsOf(
  period: BoundedPeriod | null,
  { span }: SpendResult,
  { contents, timeZone, book, now }: Selection,
): Promise<RecordingGaps> {
  const { before, after } = recordingGaps(period, span, now);
  if (period === null || (span !== null && before === null && after === null)) return NO_GAPS;
  const everything = { by: [], where: [], since: null, until: null, timeZone, book };
  const all = await askRows(spendProjection(everything), contents.view, contents.checkpoints);
  return recordingGaps(period, all.span, now);
}
