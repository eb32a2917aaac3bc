import { z } from "zod";
import { cost, count, type Fields } from "./fields.ts";

/** What tasks came to. */
export interface OutcomeFigures {
  readonly tasks: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly usd: string;
  readonly otherModelsUsd: string;
  readonly usdPerSuccess: string | null;
  readonly requests: number;
  readonly lowerBoundTasks: number;
  readonly unknownCost: {
    readonly tasks: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly usd: string;
  };
}

/** Tasks whose first requests asked one model for one workload. */
export interface OutcomeRowDocument extends OutcomeFigures {
  readonly model: string | null;
  readonly workload: string | null;
}

/** What tasks cost whose outcomes were recorded. */
export interface ReportOutcomes {
  readonly total: OutcomeFigures;
  readonly rows: readonly OutcomeRowDocument[];
  readonly withoutRequests: number;
  readonly withoutOutcome: {
    readonly tasks: number;
    readonly more: boolean;
    readonly requests: number;
    readonly usd: string;
    readonly atUnknownCost: number;
  };
  readonly shared: number;
  readonly unnamed: number;
}

const figures = {
  tasks: count.describe("Tasks whose cost is known"),
  succeeded: count.describe("Of these, tasks that succeeded"),
  failed: count.describe("Of these, tasks that failed"),
  usd: cost.describe("What these tasks cost, failed ones included, US dollars"),
  otherModelsUsd: cost.describe("The part of it that other models than the one asked first came to"),
  usdPerSuccess: cost.nullable().describe("usd divided by succeeded, to the picodollar; null where none succeeded"),
  requests: count.describe("Billed responses of these tasks"),
  lowerBoundTasks: count.describe("Tasks with a response that was cut short: with any, the cost means at least"),
  unknownCost: z
    .object({
      tasks: count.describe("How many there are"),
      succeeded: count.describe("Of these, tasks that succeeded"),
      failed: count.describe("Of these, tasks that failed"),
      usd: cost.describe("The part of their cost that is known"),
    } satisfies Fields<OutcomeFigures["unknownCost"]>)
    .describe("Tasks in none of the above: a request has no price, failed at an unknown cost, or was pruned"),
} satisfies Fields<OutcomeFigures>;

const row: z.ZodType<OutcomeRowDocument> = z.object({
  model: z.string().nullable().describe("The model that was asked first, which is charged with everything else"),
  workload: z.string().nullable().describe("The workload of the first request; null where it has none"),
  ...figures,
} satisfies Fields<OutcomeRowDocument>);

export const reportOutcomes: z.ZodType<ReportOutcomes> = z.object({
  total: z.object(figures).describe("Of all tasks"),
  rows: z.array(row).describe("By model and workload, by amount, largest first"),
  withoutRequests: count.describe("Tasks with an outcome of which no request was recorded"),
  withoutOutcome: z
    .object({
      tasks: count.describe("How many tasks"),
      more: z.boolean().describe("Whether there are more than were told apart"),
      requests: count.describe("Their billed responses"),
      usd: cost.describe("What is known of their cost, US dollars"),
      atUnknownCost: count.describe("Requests of which no cost is known"),
    } satisfies Fields<ReportOutcomes["withoutOutcome"]>)
    .describe("Requests with the labels of a task of which no outcome was recorded"),
  shared: count.describe("Requests of several tasks, counted for each"),
  unnamed: count.describe("Outcomes without labels, which name no task"),
} satisfies Fields<ReportOutcomes>);
