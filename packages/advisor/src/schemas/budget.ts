import type { BudgetPeriod } from "@farthing/ledger";
import { z } from "zod";
import type { BudgetState } from "../budget/budget-status.ts";
import type { NoForecast } from "../budget/forecast.ts";
import { asOf, command, codes, cost, count, priceBook, schemaVersion, time, timeZone, type Fields } from "./fields.ts";

/** A condition on the requests of a budget. */
export interface BudgetCondition {
  readonly key: string;
  readonly value: string | null;
}

/** A budget as it was set. */
export interface SetBudget {
  readonly name: string;
  readonly usd: string;
  readonly per: BudgetPeriod;
  readonly where: readonly BudgetCondition[];
}

/** The budgets of a ledger. */
export interface BudgetsDocument {
  readonly schemaVersion: 1;
  readonly ledger: string;
  readonly budgets: readonly SetBudget[];
}

/** What is spent of one budget. */
export interface StandingBudget extends Omit<SetBudget, "usd"> {
  readonly command: string;
  readonly since: string;
  readonly until: string;
  readonly limit: string;
  readonly spent: string;
  readonly state: BudgetState;
  readonly forecast: { readonly low: string; readonly expected: string; readonly high: string } | null;
  readonly fullDays: number;
  readonly noForecast: NoForecast["reason"] | null;
  readonly forecastFrom: string | null;
  readonly forecastAtLeast: string | null;
  readonly matchedSince: string | null;
  readonly recordedUntil: string | null;
  readonly requests: number;
  readonly unpricedRequests: number;
  readonly failedAtUnknownCost: number;
  readonly lowerBoundRequests: number;
}

/** What is spent of the budgets of a ledger. */
export interface BudgetStatusDocument {
  readonly schemaVersion: 1;
  readonly command: string;
  readonly ledger: string;
  readonly now: string;
  readonly timeZone: string;
  readonly asOf: string | null;
  readonly priceBook: string;
  readonly budgets: readonly StandingBudget[];
}

const per: z.ZodType<BudgetPeriod> = codes<BudgetPeriod>({
  day: "From midnight to midnight",
  week: "From Monday to Sunday",
  month: "From the first day of a month to its last",
});

const state: z.ZodType<BudgetState> = codes<BudgetState>({
  passed: "More is spent than the budget",
  "forecast-past": "More is expected at the end of the period than the budget",
  "at-risk": "The high end of the forecast's range is more than the budget",
  within: "None of these, as far as it is known",
  "never-matched": "No response ever matched its conditions: it says nothing",
});

const noForecast: z.ZodType<NoForecast["reason"]> = codes<NoForecast["reason"]>({
  "too-few-days": "Too few full days are recorded",
  unpriced: "Responses of the full days have no price",
  "never-matched": "No response ever matched its conditions",
});

const named = {
  name: z.string().describe("The budget's name"),
  per: per.describe("How often it begins anew"),
  where: z
    .array(
      z.object({
        key: z.string().describe("A dimension"),
        value: z.string().nullable().describe("The value in it; null for requests that have none"),
      } satisfies Fields<BudgetCondition>),
    )
    .describe("Which requests count; all conditions must hold"),
};

/** The document of `farthing budget set`. */
export const budgetsSchema: z.ZodType<BudgetsDocument> = z.object({
  schemaVersion,
  ledger: z.string().describe("Path of the ledger"),
  budgets: z
    .array(z.object({ ...named, usd: z.string().describe("US dollars per period") } satisfies Fields<SetBudget>))
    .describe("All budgets of the ledger, by name"),
} satisfies Fields<BudgetsDocument>);

/** One budget, in the documents of `budget status` and `check`. */
export const standingBudget: z.ZodType<StandingBudget> = z
  .object({
    command,
    ...named,
    since: time.describe("When the current period began"),
    until: time.describe("When it ends, exclusive"),
    limit: cost.describe("US dollars per period"),
    spent: cost.describe("Cost of the period's priced responses so far, US dollars"),
    state: state.describe("Where it stands"),
    forecast: z
      .object({
        low: cost.describe("Low end of the range at 80 %"),
        expected: cost.describe("Expected at the end of the period"),
        high: cost.describe("High end of the range at 80 %"),
      })
      .nullable()
      .describe("What the period will come to, US dollars; null where it cannot be told"),
    fullDays: count.describe("Full days that the forecast rests on, or that there are so far"),
    noForecast: noForecast.nullable().describe("Why there is no forecast; null where there is one"),
    forecastFrom: time
      .nullable()
      .describe("When there will be enough full days; null where these are not what is missing"),
    forecastAtLeast: cost
      .nullable()
      .describe("What priced responses alone will come to, US dollars; null where no others keep a forecast away"),
    matchedSince: time
      .nullable()
      .describe("When the first response it counts was complete, in any period; null where none ever matched"),
    recordedUntil: time
      .nullable()
      .describe("When the ledger's last response was complete, whatever it was for; null where there is none"),
    requests: count.describe("Billed responses of the period, unpriced ones included"),
    unpricedRequests: count.describe("Of those, responses without a price: not in spent"),
    failedAtUnknownCost: count.describe("Attempts that may have been billed without an answer: not in spent"),
    lowerBoundRequests: count.describe("Responses whose output is a lower bound"),
  } satisfies Fields<StandingBudget>)
  .meta({ id: "standingBudget", description: "What is spent of one budget, and what it will come to" });

/** The document of `farthing budget status`. */
export const budgetStatusSchema: z.ZodType<BudgetStatusDocument> = z.object({
  schemaVersion,
  command,
  ledger: z.string().describe("Path of the ledger"),
  now: time.describe("The current time, or that of --now"),
  timeZone,
  asOf,
  priceBook,
  budgets: z.array(standingBudget).describe("Each budget asked for, by name"),
} satisfies Fields<BudgetStatusDocument>);
