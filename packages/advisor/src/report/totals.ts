import {
  add,
  calendarOf,
  compare,
  costOf,
  matches,
  promptTokens,
  querySpend,
  totalTokens,
  workloadOf,
  ZERO,
  type Account,
  type Instant,
  type LineItemName,
  type Money,
  type RequestFilter,
  type PriceBook,
  type ResponseRecorded,
  type SpendResult,
} from "@farthing/ledger";
import { LONG_CONTEXT_TOKENS } from "../thresholds.ts";
import { UNNAMED_WORKLOAD } from "../trace/trace.ts";

/** An amount and how many responses it comes from. */
export interface Slice {
  readonly name: string;
  readonly usd: Money;
  readonly responses: number;
}

/** The use of one model, as it was served, for one workload. */
export interface ModelUse {
  readonly model: string;
  readonly workload: string;
  readonly responses: number;
  readonly lastUsedAt: Instant;
}

/** What a report says without replaying anything: sums and counts of its responses, exact. */
export interface ReportTotals {
  readonly spend: SpendResult;
  /** Local days with at least one response, in order. */
  readonly days: readonly string[];
  /** Responses of the whole ledger, whatever the period and the filters. */
  readonly recorded: number;
  readonly sessions: number;
  readonly projects: number;
  readonly services: number;
  /** Whether there are responses and every one is from Claude Code. */
  readonly claudeCodeOnly: boolean;
  /** Responses whose start time is an estimate, those that others pay for included. */
  readonly startsEstimated: number;
  /** Of the billed responses. */
  readonly billed: {
    readonly startsEstimated: number;
    /** Usage that left something open. */
    readonly openUsage: number;
    readonly fromClaudeCode: number;
  };
  /** Lists are disjoint in themselves and overlap each other; largest first, then by name. */
  readonly byItem: readonly { readonly item: LineItemName; readonly usd: Money }[];
  readonly byWorkload: readonly Slice[];
  readonly bySession: readonly Slice[];
  readonly longContext: { readonly usd: Money; readonly responses: number };
  /** By model, then workload. */
  readonly modelUse: readonly ModelUse[];
  /** Responses of the whole ledger of which final snapshots disagree, and the ids of the first few. */
  readonly conflicts: { readonly responses: number; readonly ids: readonly string[] };
  /** Events of newer releases: how many, by `Type@version`. */
  readonly unknownTypes: ReadonlyMap<string, number>;
}

/** Which responses the totals are of, and at which prices. */
export interface TotalsQuery extends RequestFilter {
  readonly timeZone: string;
  readonly book: PriceBook;
}

const CONFLICT_IDS_SHOWN = 3;
const CLAUDE_CODE = "claude-code";

/** The totals of an account. */
export function totalsOf(account: Account, query: TotalsQuery): ReportTotals {
  const calendar = calendarOf(query.timeZone);
  const responses = account.responses.filter(matches(query, calendar));
  const billed = responses.filter(({ billedTo }) => billedTo === "self");
  const distinct = (pick: (event: ResponseRecorded) => string | null): number =>
    new Set(responses.map(pick).filter((value) => value !== null)).size;
  return {
    spend: querySpend(account, { ...query, by: [] }),
    days: [...new Set(responses.map((event) => calendar.day(Date.parse(event.occurredAt))))].sort(),
    recorded: account.responses.length,
    sessions: distinct(({ context }) => context.session),
    projects: distinct(({ context }) => context.project),
    services: distinct(({ context }) => context.service),
    claudeCodeOnly: responses.length > 0 && responses.every(isFromClaudeCode),
    startsEstimated: responses.filter(isStartEstimated).length,
    billed: {
      startsEstimated: billed.filter(isStartEstimated).length,
      openUsage: billed.filter(({ usage }) => usage.notes.length > 0).length,
      fromClaudeCode: billed.filter(isFromClaudeCode).length,
    },
    ...whereItWent(billed, query.book),
    modelUse: modelUseOf(billed),
    conflicts: {
      responses: account.conflicts.length,
      ids: account.conflicts.slice(0, CONFLICT_IDS_SHOWN).map(({ id }) => id),
    },
    unknownTypes: account.unknownTypes,
  };
}

function isStartEstimated({ timing }: ResponseRecorded): boolean {
  return timing.startedAtProvenance !== "reported";
}

function isFromClaudeCode({ sources }: ResponseRecorded): boolean {
  return sources.includes(CLAUDE_CODE);
}

function whereItWent(
  billed: readonly ResponseRecorded[],
  book: PriceBook,
): Pick<ReportTotals, "byItem" | "byWorkload" | "bySession" | "longContext"> {
  const items = new Map<LineItemName, Money>();
  const workloads = new Map<string, Slice>();
  const sessions = new Map<string, Slice>();
  let longContext = { usd: ZERO, responses: 0 };
  for (const event of billed) {
    const { total, lines } = costOf(event.usage, event.servedModel, Date.parse(event.occurredAt), book);
    if (total === null) continue;
    for (const { item, amount } of lines) items.set(item, add(items.get(item) ?? ZERO, amount ?? ZERO));
    addSlice(workloads, workloadOf(event) ?? UNNAMED_WORKLOAD, total);
    if (event.context.session !== null) addSlice(sessions, event.context.session, total);
    if (promptTokens(totalTokens(event.usage)) > LONG_CONTEXT_TOKENS) {
      longContext = { usd: add(longContext.usd, total), responses: longContext.responses + 1 };
    }
  }
  return {
    byItem: [...items].map(([item, usd]) => ({ item, usd })).sort((a, b) => byAmount(a, b) || byText(a.item, b.item)),
    byWorkload: [...workloads.values()].sort((a, b) => byAmount(a, b) || byText(a.name, b.name)),
    bySession: [...sessions.values()].sort((a, b) => byAmount(a, b) || byText(a.name, b.name)),
    longContext,
  };
}

function addSlice(slices: Map<string, Slice>, name: string, usd: Money): void {
  const before = slices.get(name);
  slices.set(name, { name, usd: add(before?.usd ?? ZERO, usd), responses: (before?.responses ?? 0) + 1 });
}

function modelUseOf(billed: readonly ResponseRecorded[]): readonly ModelUse[] {
  const uses = new Map<string, ModelUse>();
  for (const event of billed) {
    const [model, workload] = [event.servedModel, workloadOf(event) ?? UNNAMED_WORKLOAD];
    const key = JSON.stringify([model, workload]);
    const before = uses.get(key);
    const lastUsedAt = Math.max(before?.lastUsedAt ?? 0, Date.parse(event.occurredAt));
    uses.set(key, { model, workload, responses: (before?.responses ?? 0) + 1, lastUsedAt });
  }
  return [...uses.values()].sort((a, b) => byText(a.model, b.model) || byText(a.workload, b.workload));
}

/** Largest first. */
function byAmount(a: { readonly usd: Money }, b: { readonly usd: Money }): number {
  return compare(b.usd, a.usd);
}

/** By code unit, so that the order is the same in every locale. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
