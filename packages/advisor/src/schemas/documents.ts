import type { z } from "zod";
import { adviceSchema, decisionsSchema } from "./advice.ts";
import { backtestSchema } from "./backtest.ts";
import { billImportSchema, billSetSchema } from "./bill.ts";
import { budgetsSchema, budgetStatusSchema } from "./budget.ts";
import { checkSchema } from "./check.ts";
import { closeSchema } from "./close.ts";
import { compareSchema } from "./compare.ts";
import { recordsImportSchema } from "./import-records.ts";
import { agentSdkImportSchema, claudeCodeImportSchema, eventsImportSchema } from "./import-report.ts";
import { explanationSchema } from "./explanation.ts";
import { doctorSchema } from "./doctor.ts";
import { priceSchema } from "./price.ts";
import { pricesSchema } from "./prices.ts";
import { pruneSchema } from "./prune.ts";
import { forwardSchema, migrateSchema } from "./shared-ledger.ts";
import { rollupSchema } from "./rollup.ts";
import { reconcileSchema } from "./reconcile.ts";
import { reportSchema } from "./report.ts";
import { requestLineSchema, requestsSchema } from "./requests.ts";
import { settingsSchema } from "./settings.ts";
import { simulateSchema } from "./simulate.ts";
import { spendSchema } from "./spend.ts";
import { trialDryRunSchema, trialSchema } from "./trial.ts";
import { verifySchema } from "./verify.ts";

/** A JSON document of the command line. */
export interface DocumentSchema {
  /** Names the schema's file and its `$id`. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly schema: z.ZodType;
}

/** Every JSON document that the command line prints. */
export const DOCUMENTS: readonly DocumentSchema[] = [
  {
    name: "report",
    title: "farthing report --format json",
    description: "What was spent, where, and what would have cost less",
    schema: reportSchema,
  },
  {
    name: "explanation",
    title: "farthing report --explain ID --format json",
    description: "One recommendation with what it rests on",
    schema: explanationSchema,
  },
  {
    name: "spend",
    title: "farthing spend --format json",
    description: "What recorded responses cost, in total and by group",
    schema: spendSchema,
  },
  {
    name: "requests",
    title: "farthing requests --format json",
    description: "Billed responses, each with its cost",
    schema: requestsSchema,
  },
  {
    name: "request-line",
    title: "farthing requests --format ndjson: one line",
    description: "One billed response with its cost",
    schema: requestLineSchema,
  },
  {
    name: "compare",
    title: "farthing compare --format json",
    description: "Why one period, or one ledger, costs something else than another",
    schema: compareSchema,
  },
  {
    name: "reconcile",
    title: "farthing reconcile --format json",
    description: "The bill against the ledger: what differs, and why",
    schema: reconcileSchema,
  },
  {
    name: "close",
    title: "farthing close --format json",
    description: "What a period was closed with, and what was open",
    schema: closeSchema,
  },
  {
    name: "budgets",
    title: "farthing budget set --format json",
    description: "The budgets of a ledger",
    schema: budgetsSchema,
  },
  {
    name: "budget-status",
    title: "farthing budget status --format json",
    description: "What is spent of each budget, and what it will come to",
    schema: budgetStatusSchema,
  },
  {
    name: "check",
    title: "farthing check --format json",
    description: "Whether budgets hold, and whether costs or cache hits got worse",
    schema: checkSchema,
  },
  {
    name: "price",
    title: "farthing price: one line",
    description: "What one usage object costs, or why a line of stdin cannot be priced",
    schema: priceSchema,
  },
  {
    name: "prices",
    title: "farthing prices --format json",
    description: "Rate cards in force, with their sources",
    schema: pricesSchema,
  },
  {
    name: "simulate",
    title: "farthing simulate --format json",
    description: "What traffic that is known by its blocks alone would cost with caching",
    schema: simulateSchema,
  },
  {
    name: "backtest",
    title: "farthing backtest --format json",
    description: "Advice on the first part of the requests, held against the rest",
    schema: backtestSchema,
  },
  {
    name: "advice",
    title: "farthing advice list --format json",
    description: "What is advised, what was decided, and what came of it; `advice show` prints the same of one piece",
    schema: adviceSchema,
  },
  {
    name: "decisions",
    title: "farthing advice accept --format json",
    description: "What was decided on advice; `advice dismiss` prints the same",
    schema: decisionsSchema,
  },
  {
    name: "trial",
    title: "farthing trial --format json",
    description:
      "What another model made of a user's own samples: tokens, cost, latency and agreement, without any text",
    schema: trialSchema,
  },
  {
    name: "trial-dry-run",
    title: "farthing trial --dry-run --format json",
    description: "What a trial would take at most",
    schema: trialDryRunSchema,
  },
  {
    name: "settings",
    title: "farthing settings get --format json",
    description: "What a ledger was told about how its usage is paid for; `settings set` prints the same",
    schema: settingsSchema,
  },
  {
    name: "verify",
    title: "farthing verify --format json",
    description: "Whether a ledger is what was written, what is wrong and where, and what a repair did",
    schema: verifySchema,
  },
  {
    name: "doctor",
    title: "farthing doctor --format json",
    description: "Who records into a ledger, what needs attention, and what to do about it",
    schema: doctorSchema,
  },
  {
    name: "prune",
    title: "farthing prune --format json",
    description: "What of a ledger's detail was replaced by sums, or would be",
    schema: pruneSchema,
  },
  {
    name: "migrate",
    title: "farthing migrate --format json",
    description: "What was made or changed of a ledger's tables in a database",
    schema: migrateSchema,
  },
  {
    name: "forward",
    title: "farthing forward --format json",
    description: "How far a folder's events have been sent to a ledger in a database",
    schema: forwardSchema,
  },
  {
    name: "rollup",
    title: "farthing rollup --format json",
    description: "As of what the spend in a database was brought up to date, and at which prices",
    schema: rollupSchema,
  },
  {
    name: "import-claude-code",
    title: "farthing import claude-code --format json",
    description: "What an import of Claude Code transcripts brought, and what it skipped",
    schema: claudeCodeImportSchema,
  },
  {
    name: "import-events",
    title: "farthing import events --format json",
    description: "What an import of events brought, and what it skipped",
    schema: eventsImportSchema,
  },
  {
    name: "import-report",
    title: "farthing import usage-report|cost-report --format json",
    description: "What an import of a usage or cost report brought, and what of it could not be read",
    schema: billImportSchema,
  },
  {
    name: "bill-set",
    title: "farthing bill set --format json",
    description: "What was recorded as billed for a period",
    schema: billSetSchema,
  },
  {
    name: "import-agent-sdk",
    title: "farthing import agent-sdk --format json",
    description: "What an import of Claude Agent SDK streams brought, and where their clients priced it otherwise",
    schema: agentSdkImportSchema,
  },
  {
    name: "import-records",
    title: "farthing import litellm --format json",
    description: "What an import of another program's records brought, also of farthing import langfuse",
    schema: recordsImportSchema,
  },
];
