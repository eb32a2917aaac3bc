import type { LineItemName } from "@farthing/ledger";
import { z } from "zod";
import type { MissCause } from "../trace/trace.ts";
import { lineItem } from "./codes.ts";
import { codes, command, cost, count, type Fields } from "./fields.ts";

/** The cost of one kind of token, or of web searches. */
export interface ItemCost {
  readonly item: LineItemName;
  readonly usd: string;
}

/** The cost of one workload, model or session. */
export interface NamedCost {
  readonly name: string;
  readonly usd: string;
  readonly responses: number;
  readonly command?: string;
}

/** What one day or month cost. */
export interface SpendPointRow {
  readonly at: string;
  readonly usd: string;
  readonly items: readonly ItemCost[];
  readonly workloads: readonly { readonly name: string; readonly usd: string }[];
  readonly otherWorkloads: string;
}

/** What the report's total is, period by period. */
export interface SpendOverTimeRow {
  readonly step: "day" | "month";
  readonly otherWorkloads: number;
  readonly points: readonly SpendPointRow[];
}

/** Context that had been cached and was written again, for one cause. */
export interface ResentCost {
  readonly cause: MissCause;
  readonly usd: string;
  readonly responses: number;
  readonly tokens: number;
}

/** Where the money went. */
export interface ReportWhere {
  readonly items: readonly ItemCost[];
  readonly workloads: readonly NamedCost[];
  readonly models: readonly NamedCost[];
  readonly sessions: readonly NamedCost[];
  readonly longContext: { readonly usd: string; readonly responses: number };
  readonly resent: readonly ResentCost[];
}

const listCost = cost.describe("Cost at list prices, US dollars");

const itemCost: z.ZodType<ItemCost> = z.object({
  item: lineItem.describe("What is billed"),
  usd: listCost,
} satisfies Fields<ItemCost>);

const namedCost: z.ZodType<NamedCost> = z.object({
  name: z.string().describe("The workload, model or session"),
  usd: listCost,
  responses: count.describe("Its priced responses"),
  command: command
    .exactOptional()
    .describe("Prints what it cost by itself; absent where no command can ask for it alone"),
} satisfies Fields<NamedCost>);

const resentCost: z.ZodType<ResentCost> = z.object({
  cause: codes<MissCause>({
    expired: "The cached context had outlived its lifetime",
    "model-changed": "Another model answered, and caches belong to one model",
    "context-replaced": "The context became shorter: a compaction, /clear, or an edit of earlier messages",
    diagnosed: "The API itself named the reason",
    "not-recorded": "Neither the record nor its times explain it",
  }).describe("Why it was written again"),
  usd: cost.describe("What writing it again cost, US dollars"),
  responses: count.describe("Responses that wrote it again"),
  tokens: count.describe("Tokens written again"),
} satisfies Fields<ResentCost>);

export const reportWhere: z.ZodType<ReportWhere> = z.object({
  items: z.array(itemCost).describe("By kind of token, largest first"),
  workloads: z.array(namedCost).describe("By workload, largest first"),
  models: z.array(namedCost).describe("By the model that answered, largest first"),
  sessions: z.array(namedCost).describe("By session, largest first; responses without a session are in none"),
  longContext: z
    .object({
      usd: listCost,
      responses: count.describe("Responses with a long context"),
    } satisfies Fields<ReportWhere["longContext"]>)
    .describe("Responses whose prompt is longer than the report's limit for long contexts"),
  resent: z.array(resentCost).describe("Context that had been cached and was written again, by cause, largest first"),
} satisfies Fields<ReportWhere>);

const spendPointRow: z.ZodType<SpendPointRow> = z.object({
  at: z.string().describe("The local day, YYYY-MM-DD, or month, YYYY-MM"),
  usd: listCost,
  items: z.array(itemCost).describe("By kind of token; they sum to the whole"),
  workloads: z
    .array(z.object({ name: z.string().describe("The workload"), usd: listCost }))
    .describe("The dearest workloads of the report, in the same order at every point"),
  otherWorkloads: cost.describe("Of all other workloads together, US dollars"),
} satisfies Fields<SpendPointRow>);

export const spendOverTimeRow: z.ZodType<SpendOverTimeRow> = z.object({
  step: codes<SpendOverTimeRow["step"]>({
    day: "Each point is a local day",
    month: "Each point is a local month: there are too many days to list",
  }).describe("What each point is of"),
  otherWorkloads: count.describe("How many workloads are not told apart"),
  points: z.array(spendPointRow).describe("Days or months with use, in order; they sum to the total"),
} satisfies Fields<SpendOverTimeRow>);
