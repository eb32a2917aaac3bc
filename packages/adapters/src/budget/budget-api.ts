import type { LedgerMiddleware } from "../capture/client-middleware.ts";
import type { Condition, Instant, Money } from "@farthing/ledger";
import type { EventSink } from "../capture/event-sink.ts";
import type { Labels } from "../capture/labels.ts";
import type { CallAhead } from "./concerned-calls.ts";
import type { CallInFlight } from "./in-flight.ts";
import type { BudgetLedger } from "./ledger-spend.ts";
import type { BudgetPeriod, Period } from "./period.ts";

export interface BudgetOptions {
  /** Where spend is recorded, by this process and by others. */
  readonly ledger: BudgetLedger;
  /** US dollars at list prices, such as `"50"`. */
  readonly usd: string | number;
  readonly per: BudgetPeriod;
  /** IANA zone that cuts days and months. Default: the ledger's setting. */
  readonly timeZone?: string;
  /** Which requests count; all must hold. Default: all of the ledger. */
  readonly where?: readonly Condition[];
  /**
   * The labels that all calls have, as they are given to `attach`. Default: not known, and a call without a label that
   * `where` asks for may have it.
   */
  readonly labels?: Labels;
  /** Shares of the budget to warn at. Default: 0.5, 0.8 and 1. */
  readonly thresholds?: readonly number[];
  /** Told once per threshold and period. Default: a line on standard error. */
  readonly onThreshold?: (reached: ThresholdReached) => void;
  /** Told what the budget does not know. Default: a line on standard error. */
  readonly onWarning?: (warning: BudgetWarning) => void;
  /** How often the ledger is read for what others spent. Default: 1,000 ms. */
  readonly refreshMs?: number;
  /** Milliseconds since 1970. Default: this machine's clock. */
  readonly now?: () => Instant;
}

export interface ThresholdReached extends BudgetStatus {
  /** A share of the budget, such as 0.8. */
  readonly threshold: number;
}

export type BudgetWarning =
  /** A call was let through before the ledger had been read. */
  | { readonly kind: "not-loaded" }
  /** Something was used whose cost is not known; it is in no figure. Once per model and period. */
  | { readonly kind: "unpriced"; readonly model: string }
  /** The ledger cannot be read; what others spend is not known until it can. */
  | { readonly kind: "not-refreshed"; readonly error: unknown };

export interface BudgetStatus extends Period {
  readonly limit: Money;
  /** In this period, by everybody. */
  readonly spent: Money;
  /** What calls of this process that are under way may cost. */
  readonly inFlight: Money;
  /** Whether the ledger has been read; until then `spent` is this process's own alone. */
  readonly isLoaded: boolean;
}

/** An amount for a day or a month, and what is spent of it. It warns and never blocks; see `budget-block`. */
export interface Budget extends Disposable {
  /** The sink to give to `attach` in the place of another: it records there, and the budget hears of it. */
  watch(sink: EventSink): EventSink;
  /** Counts calls as soon as they are sent, by what they may cost. */
  readonly middleware: LedgerMiddleware;
  /**
   * As `middleware`, for clients without one: to be called before a call is sent. Never throws.
   *
   * @param labels Of the call; otherwise those of the `withLabels` it is made in.
   */
  begin(body: unknown, labels?: Labels): CallInFlight;
  /**
   * Whether a call may count toward the budget, as far as can be told before it is sent: by its model, and by its labels.
   * Never throws.
   */
  concerns(call: CallAhead): boolean;
  /** Known without waiting. */
  status(): BudgetStatus;
  /** Resolves when what is recorded now has been read, or could not be. */
  refresh(): Promise<void>;
  /** Stops reading the ledger. */
  close(): void;
}
