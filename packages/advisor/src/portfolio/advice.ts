import type { Calendar, Instant, LedgerSettings, Money, OutcomeRow, PriceBook, TrialRecorded } from "@farthing/ledger";
import type { ReplayGap } from "../replay/baseline.ts";
import type { Abstention, PlanFacts, PlanLimits, Strategy } from "../strategies/strategy.ts";
import type { Arithmetic } from "./arithmetic.ts";
import type { BeforeChange } from "./before-change.ts";
import type { SavingRange } from "./saving-range.ts";
import type { Returned, SettledAdvice } from "./settled-advice.ts";

/** One change worth making. */
export interface Recommendation {
  readonly id: string;
  readonly plan: PlanFacts;
  /** What it would have saved on its own. Never add these up: they overlap. */
  readonly alone: SavingRange;
  /** How it saves that on its own. */
  readonly arithmetic: Arithmetic;
  /** Its part of the joint saving; the expected parts sum to it exactly. */
  readonly share: SavingRange;
  readonly breakEven: string | null;
  /** What later requests are held against once it is made; null where no request shows whether it was. */
  readonly before: BeforeChange | null;
  /** Why no later request shows whether it was made, in words; null where requests do. */
  readonly unseen: string | null;
  /** Set where it was dismissed and is given again. */
  readonly returned: Returned | null;
}

export interface Advice {
  /** Answers unchanged first, then by share. */
  readonly recommendations: readonly Recommendation[];
  readonly joint: {
    readonly answersUnchanged: SavingRange;
    /** What is added by the changes that need a quality test. */
    readonly needsQualityTest: SavingRange;
    readonly all: SavingRange;
  };
  /** The expected joint saving of each day with use, `YYYY-MM-DD`, in order; they sum to it exactly. */
  readonly byDay: readonly { readonly day: string; readonly saving: Money }[];
  readonly abstained: readonly Abstention[];
  readonly gaps: readonly ReplayGap[];
}

export interface AdviceContext {
  readonly book: PriceBook;
  readonly calendar: Calendar;
  readonly now: Instant;
  /** How each source is paid for: a flat plan is no cheaper for any change. */
  readonly billing: LedgerSettings["billing"];
  /** What the whole report comes to; decides what is too small to mention. */
  readonly total: Money;
  /** Keeps only these recommendations, replayed together anew; null keeps all. */
  readonly only: readonly string[] | null;
  /** What a success cost, by model and workload; absent where no outcomes were recorded. */
  readonly outcomes?: readonly OutcomeRow[];
  /** What was tried on samples of the user's own; absent where nothing was. */
  readonly trials?: readonly TrialRecorded[];
  /** The most that a change may risk, and take; absent where anything may be proposed. */
  readonly limits?: PlanLimits;
  /** What is not advised again; absent where nobody has decided on any advice. */
  readonly settled?: SettledAdvice;
  /** Whose plans there are to choose from; absent for all that there are. */
  readonly strategies?: readonly Strategy[];
}
