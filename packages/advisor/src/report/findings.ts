import { displayUsd, money, type Account, type Damage, type SpendResult } from "@farthing/ledger";
import { LONG_CONTEXT_TOKENS } from "../thresholds.ts";
import type { MissCause, Trace } from "../trace/trace.ts";
import type { Finding } from "./report.ts";
import type { WhereItWent } from "./where.ts";
import { countWords } from "./words.ts";

export interface Seen {
  readonly account: Account;
  readonly damage: readonly Damage[];
  readonly trace: Trace;
  readonly spend: SpendResult;
  readonly where: WhereItWent;
}

/** What a reader must know besides the figures: what is missing, assumed, or stands out. */
export function findingsOf(seen: Seen): readonly Finding[] {
  return [
    ...lowerBound(seen),
    ...unpriced(seen),
    ...costUnknown(seen),
    ...conflicts(seen),
    ...damaged(seen),
    ...newerEvents(seen),
    ...notional(seen),
    ...assumptions(seen),
    ...startsEstimated(seen),
    ...longContext(seen),
    ...resent(seen),
    ...transcriptsExpire(seen),
  ];
}

function lowerBound({ spend }: Seen): Finding[] {
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

function unpriced({ spend }: Seen): Finding[] {
  return spend.unpriced.map((row) => ({
    kind: "unpriced",
    text: `${countWords(row.requests, "response")} of ${row.model}: no price (${row.reason}), not in the total`,
    responses: row.requests,
    usd: null,
  }));
}

function costUnknown({ spend }: Seen): Finding[] {
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

function conflicts({ account }: Seen): Finding[] {
  const responses = account.conflicts.length;
  if (responses === 0) return [];
  const ids = account.conflicts.slice(0, 3).map((event) => event.id);
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

function damaged({ damage }: Seen): Finding[] {
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

function newerEvents({ account }: Seen): Finding[] {
  return [...account.unknownTypes].map(([type, events]) => ({
    kind: "newer-events",
    text: `${countWords(events, "event")} of type ${type}, which this release does not know (newer, or misspelt): in no figure`,
    responses: 0,
    usd: null,
  }));
}

function notional({ spend }: Seen): Finding[] {
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

function assumptions({ trace }: Seen): Finding[] {
  const responses = trace.requests.filter(({ usage }) => usage.notes.length > 0).length;
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

function startsEstimated({ trace }: Seen): Finding[] {
  const responses = trace.requests.filter((request) => request.startedAtEstimated).length;
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

function longContext({ where }: Seen): Finding[] {
  const { usd, responses } = where.longContext;
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

/** How each cause of re-sent context is called where people read it. */
const CAUSE_WORDS: Readonly<Record<MissCause, string>> = {
  expired: "after a break longer than the cache",
  "model-changed": "after a change of model",
  "context-replaced": "after the context got shorter (/compact, /clear, edits)",
  diagnosed: "for a reason the API named",
  "not-recorded": "cause not recorded",
};

function resent({ where }: Seen): Finding[] {
  if (where.resent.length === 0) return [];
  const responses = where.resent.reduce((total, slice) => total + slice.responses, 0);
  const usd = money(where.resent.reduce((total, slice) => total + slice.usd, 0n));
  const causes = where.resent.map(
    (slice) => `${String(slice.responses)} ${CAUSE_WORDS[slice.cause]} (${displayUsd(slice.usd)})`,
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

function transcriptsExpire({ trace }: Seen): Finding[] {
  const responses = trace.requests.filter((request) => request.fromClaudeCode).length;
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
