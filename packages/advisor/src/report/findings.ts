import { displayUsd, money, subtract, type Damage } from "@farthing/ledger";
import { LONG_CONTEXT_TOKENS } from "../thresholds.ts";
import type { MissCause } from "../trace/trace.ts";
import type { ReportQuestion } from "./question.ts";
import type { Finding } from "./report.ts";
import { reratedWords } from "./rerated.ts";
import type { ResentSlice } from "./resent.ts";
import type { ReportTotals } from "./totals.ts";
import { countWords, grouped } from "./words.ts";

type FindingsQuestion = Pick<ReportQuestion, "damage" | "since" | "until" | "where" | "now">;

/** What a reader must know besides the figures: what is missing, assumed, or stands out. */
export function findingsOf(
  totals: ReportTotals,
  question: FindingsQuestion,
  resentSlices: readonly ResentSlice[],
): readonly Finding[] {
  return [
    ...lowerBound(totals),
    ...unpriced(totals),
    ...costUnknown(totals),
    ...conflicts(totals),
    ...damaged(question.damage),
    ...newerEvents(totals),
    ...notional(totals),
    ...rerated(totals),
    ...assumptions(totals),
    ...startsEstimated(totals),
    ...longContext(totals),
    ...resent(resentSlices),
    ...batchItemsFree(totals, question),
    ...batchResultsDeleted(totals, question),
    ...transcriptsExpire(totals),
  ];
}

function lowerBound({ spend }: ReportTotals): Finding[] {
  const responses = spend.lowerBoundRequests;
  if (responses === 0) return [];
  return [
    {
      kind: "output-lower-bound",
      text:
        `"At least": ${countWords(responses, "response")} without a recorded end, their output may be higher; ` +
        "prompts are exact, and no saving rests on this output",
      responses,
      usd: null,
    },
  ];
}

function unpriced({ spend }: ReportTotals): Finding[] {
  return spend.unpriced.map((row) => ({
    kind: "unpriced",
    text: `${countWords(row.requests, "response")} of ${row.model}: no price (${row.reason}), not in the total`,
    responses: row.requests,
    usd: null,
  }));
}

function costUnknown({ spend }: ReportTotals): Finding[] {
  const responses = spend.total.failedAtUnknownCost;
  if (responses === 0) return [];
  return [
    {
      kind: "cost-unknown",
      text: `${countWords(responses, "attempt")} ended without an answer and may have been billed: cost unknown`,
      responses,
      usd: null,
    },
  ];
}

function conflicts({ conflicts: { count: responses, ids: all } }: ReportTotals): Finding[] {
  if (responses === 0) return [];
  const ids = all.slice(0, CONFLICT_IDS_SHOWN);
  return [
    {
      kind: "conflict",
      text:
        `${countWords(responses, "response")} recorded twice with different final usage; the larger one counts ` +
        `(${ids.join(", ")}${responses > ids.length ? ", ..." : ""})`,
      responses,
      usd: null,
    },
  ];
}

function damaged(damage: readonly Damage[]): Finding[] {
  const [first] = damage;
  if (first === undefined) return [];
  return [
    {
      kind: "damage",
      text:
        `${countWords(damage.length, "damaged line")} of the ledger left out; first: ` +
        `${first.file}:${String(first.line)}, ${first.why}`,
      responses: 0,
      usd: null,
    },
  ];
}

function newerEvents({ unknownTypes }: ReportTotals): Finding[] {
  return [...unknownTypes].map(([type, events]) => ({
    kind: "newer-events",
    text: `${countWords(events, "event")} of type ${type}, which this release does not know (newer, or misspelt): in no figure`,
    responses: 0,
    usd: null,
  }));
}

function notional({ spend }: ReportTotals): Finding[] {
  if (spend.notional.requests === 0) return [];
  return [
    {
      kind: "notional-priority",
      text: `${countWords(spend.notional.requests, "response")} on the prepaid priority tier: list price is notional`,
      responses: spend.notional.requests,
      usd: spend.notional.usd,
    },
  ];
}

function rerated({ spend }: ReportTotals): Finding[] {
  return spend.rerated.map((row) => ({
    kind: "re-rated",
    text: `Prices have changed since: ${reratedWords(row)}`,
    responses: row.requests,
    usd: subtract(row.usd, row.usdThen),
  }));
}

function assumptions({ assumed: responses }: ReportTotals): Finding[] {
  if (responses === 0) return [];
  return [
    {
      kind: "usage-assumption",
      text: `${countWords(responses, "usage record")} left something open, such as a cache write's lifetime (taken as 5m)`,
      responses,
      usd: null,
    },
  ];
}

function startsEstimated({ billed: { startsEstimated: responses } }: ReportTotals): Finding[] {
  if (responses === 0) return [];
  return [
    {
      kind: "starts-estimated",
      text: `${countWords(responses, "start time")} estimated, and so are the breaks between responses judged from them`,
      responses,
      usd: null,
    },
  ];
}

function longContext({ longPrompts: { usd, responses } }: ReportTotals): Finding[] {
  if (responses === 0) return [];
  return [
    {
      kind: "long-context",
      text: `${countWords(responses, "response")} with a context over ${countWords(LONG_CONTEXT_TOKENS, "token")}: ${displayUsd(usd)}`,
      responses,
      usd,
    },
  ];
}

const CONFLICT_IDS_SHOWN = 3;

/** How each cause of re-sent context is called where people read it. */
const CAUSE_WORDS: Readonly<Record<MissCause, string>> = {
  expired: "after a break longer than the cache",
  "model-changed": "after a change of model",
  "context-replaced": "after the context got shorter (/compact, /clear, edits)",
  diagnosed: "for a reason the API named",
  "not-recorded": "cause not recorded",
};

function resent(slices: readonly ResentSlice[]): Finding[] {
  if (slices.length === 0) return [];
  const responses = slices.reduce((total, slice) => total + slice.responses, 0);
  const usd = money(slices.reduce((total, slice) => total + slice.usd, 0n));
  const causes = slices.map(
    (slice) => `${grouped(slice.responses)} ${CAUSE_WORDS[slice.cause]} (${displayUsd(slice.usd)})`,
  );
  return [
    {
      kind: "resent-context",
      text: `${countWords(responses, "response")} wrote context again that had been cached: ${causes.join(", ")}`,
      responses,
      usd,
    },
  ];
}

/** Which of them a filter would leave, the ends of batches do not say. */
function batchItemsFree({ batchEnds }: ReportTotals, { since, until, where }: FindingsQuestion): Finding[] {
  if (where.length > 0) return [];
  const within = batchEnds.filter(({ occurredAt }) => {
    const at = Date.parse(occurredAt);
    return at >= (since ?? -Infinity) && at < (until ?? Infinity);
  });
  const kinds = (["errored", "canceled", "expired"] as const).flatMap((kind) => {
    const items = within.reduce((total, batch) => total + batch[kind], 0);
    return items === 0 ? [] : [{ kind, items }];
  });
  if (kinds.length === 0) return [];
  const requests = kinds.reduce((total, { items }) => total + items, 0);
  const which = kinds.map(({ kind, items }) => `${String(items)} ${kind}`).join(", ");
  return [
    {
      kind: "batch-items-free",
      text: `${countWords(requests, "request")} of batches without an answer, which are free: ${which}`,
      responses: 0,
      usd: null,
    },
  ];
}

function batchResultsDeleted({ unreadBatches }: ReportTotals, { now }: FindingsQuestion): Finding[] {
  const deleted = unreadBatches.filter(({ deletedAt }) => deletedAt <= now);
  if (deleted.length === 0) return [];
  const requests = deleted.reduce((total, batch) => total + batch.requests - batch.recorded, 0);
  return [
    {
      kind: "batch-results-deleted",
      text:
        `${countWords(deleted.length, "batch", "batches")} whose results were deleted before they were read: ` +
        `${countWords(requests, "request")}, not in the total`,
      responses: 0,
      usd: null,
    },
  ];
}

function transcriptsExpire({ billed: { fromClaudeCode: responses } }: ReportTotals): Finding[] {
  if (responses === 0) return [];
  return [
    {
      kind: "transcripts-expire",
      text: "Claude Code deletes these files after 30 days: farthing import claude-code, daily",
      responses,
      usd: null,
    },
  ];
}
