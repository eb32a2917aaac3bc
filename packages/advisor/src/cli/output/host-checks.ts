import { describeGap, type ForwardStatus, type OutboxStatus, type OwnOutbox } from "@farthing/ledger/postgres";
import { FORWARDING_LATE_MS, HELD_BACK_MS, HOST_SILENT_MS, SILENCE_ENDED_MS } from "../../thresholds.ts";
import type { LedgerCondition } from "../input/ledger-condition.ts";
import { ago, attention, more, note, ok, SHOWN_MAX, type Finding } from "./finding.ts";
import { displayCount, displayQuantity, displaySpan } from "./format-values.ts";

/** Whether the events of a folder, and of outboxes, reach the shared ledger that they are forwarded to. */
export function checkForwarding({ forwarding, forgotten, gaps, outboxes, now }: LedgerCondition): Finding[] {
  return [
    ...forwarding.map((status) => targetOf(status, forwarding, now)),
    ...(outboxes ?? []).map((outbox) => outboxOf(outbox, now)),
    ...gaps.map((gap) =>
      attention(
        `to ${gap.to}: ${describeGap(gap)}, as was found ${ago(now, gap.at)}`,
        `compare it with the invoice: farthing reconcile; when that is settled: farthing forward --forget ${gap.to}, and forward again`,
      ),
    ),
    ...forgotten.map(({ to, at, waiting }) => {
      const events = displayQuantity(waiting, "event");
      return note(`${to} was forgotten ${ago(now, at)} while ${events} of this folder were in no database`);
    }),
  ];
}

/** Of one database that a folder is forwarded to, perhaps beside others. */
function targetOf(status: ForwardStatus, all: readonly ForwardStatus[], now: number): Finding {
  const where = `to ${status.to}`;
  const hasAll = all.find(({ waiting, error, forwarded }) => waiting === 0 && error === null && forwarded > 0);
  if (status.error === null || status.at !== null || hasAll === undefined) return forwardingOf(status, where, now);
  // One that holds nothing, while all is elsewhere: a slip in a URL, most likely, and no event is at risk.
  const finding = `${amountsOf(status, where, now)}; ${status.error}; all of it is in ${hasAll.to}`;
  return note(finding, `mistyped, or gone: farthing forward --forget ${status.to}`);
}

/** Of one of this user's outboxes. */
function outboxOf({ forwarded, waiting, forgottenAt, ...outbox }: OwnOutbox, now: number): Finding {
  const where = `${outbox.path} to ${outbox.to}`;
  if (forwarded === null || waiting === null) {
    const next = "what waits there is counted, and sent, when that is put right";
    return attention(`${where}: what waits cannot be told; ${outbox.error ?? "it cannot be read"}`, next);
  }
  const status = { ...outbox, forwarded, waiting };
  if (forgottenAt === null) return forwardingOf(status, where, now);
  const next = waiting === 0 ? null : `to send them after all: farthing forward --ledger ${outbox.path} --to URL`;
  return note(`${amountsOf(status, where, now)}; forgotten ${ago(now, forgottenAt)}`, next);
}

function amountsOf({ forwarded, waiting, at }: ForwardStatus, where: string, now: number): string {
  const recorded = displayCount(forwarded + waiting);
  const amounts = `${recorded} recorded, ${displayCount(forwarded)} forwarded, ${displayCount(waiting)} behind`;
  return `${where}: ${amounts}; last ${at === null ? "never yet" : ago(now, at)}`;
}

function forwardingOf(status: ForwardStatus, where: string, now: number): Finding {
  const { waiting, at, error } = status;
  const finding = amountsOf(status, where, now);
  if (error !== null && waiting === 0) {
    const why = `${finding}; the last try failed: ${error}`;
    return note(why, "nothing waits; see the URL of that try, its login and its parameters, before something does");
  }
  if (error !== null) {
    const next = "they wait here and are sent when that is put right; mistyped, or gone: farthing forward --forget";
    return attention(`${finding}; ${error}`, next);
  }
  const isLate = waiting > 0 && (at === null || now - at > FORWARDING_LATE_MS);
  if (isLate) return attention(finding, "see whether a process still forwards them, or: farthing forward");
  return ok(finding);
}

/** What each host that forwards to a shared ledger last said of itself. */
export function checkHosts({ hosts, clock }: LedgerCondition): Finding[] {
  if (hosts === null) return [];
  if (hosts.length === 0) {
    return [note("no host forwards to this ledger yet", "forwardLedger in an application, or farthing forward")];
  }
  const findings = hosts.map((host) => findingOf(host, clock));
  const worstFirst = findings.toSorted((a, b) => RANK[a.status] - RANK[b.status]);
  // Whoever is called because of some must find each of them here.
  const shown = Math.max(SHOWN_MAX, findings.filter(({ status }) => status === "attention").length);
  return [...worstFirst.slice(0, shown), ...more(worstFirst.length - shown)];
}

/** Whether everybody sees what was recorded a while ago. */
export function checkHeldBack({ heldBackMs }: LedgerCondition): Finding[] {
  if (heldBackMs === null || heldBackMs <= HELD_BACK_MS) return [];
  const finding = `what was recorded in the last ${displaySpan(heldBackMs)} is not shown: a transaction is open that wrote before`;
  return [
    attention(
      finding,
      `end it, or what pg_prepared_xacts lists; to find it, as a superuser or with pg_read_all_stats: ${OPEN_TRANSACTIONS}`,
    ),
  ];
}

const OPEN_TRANSACTIONS =
  "select pid, datname, usename, xact_start from pg_stat_activity where backend_xid is not null order by xact_start";

const RANK = { attention: 0, note: 1, ok: 2 } as const;

function findingOf({ outbox, host, forwarded, waiting, reportedAt }: OutboxStatus, now: number): Finding {
  const amounts = `${displayCount(forwarded + waiting)} recorded, ${displayCount(forwarded)} forwarded, ${displayCount(waiting)} behind`;
  // Machines may share a name.
  const finding = `${host} (${outbox}): ${amounts}; heard from ${ago(now, reportedAt)}`;
  const silence = now - reportedAt;
  if (silence <= HOST_SILENT_MS) return ok(finding);
  if (waiting > 0) {
    const events = displayQuantity(waiting, "event");
    return attention(finding, `start it again, or run farthing forward on its folder: ${events} may be nowhere else`);
  }
  if (silence > SILENCE_ENDED_MS) return note(`${finding}; gone for good, as it seems`);
  return attention(finding, "see whether it still runs, and reaches the database");
}
