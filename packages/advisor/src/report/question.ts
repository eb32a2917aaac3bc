import type { Condition, Damage, Instant, LedgerSettings, Position, PriceBook } from "@farthing/ledger";
import type { PlanLimits } from "../strategies/strategy.ts";

/** What a report is about, besides its responses. */
export interface ReportQuestion {
  readonly damage: readonly Damage[];
  readonly book: PriceBook;
  readonly settings: LedgerSettings;
  readonly now: Instant;
  /** IANA zone that cuts days. */
  readonly timeZone: string;
  /** Inclusive; null for no limit. */
  readonly since: Instant | null;
  /** Exclusive; null for no limit. */
  readonly until: Instant | null;
  readonly where: readonly Condition[];
  /** What had been recorded then was looked at; null for all there is. Default: null. */
  readonly asOf?: Position | Instant | null;
  /** Whether the data is the bundled example. */
  readonly example: boolean;
  /** Ids of the recommendations to replay together; null for all. */
  readonly only: readonly string[] | null;
  /** Whether to say what each day cost. Default: false. */
  readonly overTime?: boolean;
  /** The most that a change may risk, and take; null where anything may be proposed. Default: null. */
  readonly limits?: PlanLimits | null;
}
