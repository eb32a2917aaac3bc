import { formatInstant, type Instant } from "@farthing/ledger";
import type { LedgerCondition } from "../input/ledger-condition.ts";
import type { CheckResult } from "./checks.ts";
import { tokensToJson } from "./spend-json.ts";

/** A ledger's condition as its JSON document. */
export function doctorToJson(condition: LedgerCondition, checks: readonly CheckResult[]): object {
  const { path, now, recording, spend, transcripts, prices, disk, locks, heads, damage, conflicts } = condition;
  return {
    ledger: path,
    now: formatInstant(now),
    healthy: checks.every(({ status }) => status !== "attention"),
    checks,
    origins: recording.origins.map(({ firstAt, lastAt, hosts, ...origin }) => ({
      ...origin,
      firstAt: formatInstant(firstAt),
      lastAt: formatInstant(lastAt),
      hosts: hosts.map((host) => ({ ...host, lastAt: formatInstant(host.lastAt) })),
    })),
    captures: recording.captures.map(({ firstAt, stoppedAt, ...capture }) => ({
      ...capture,
      firstAt: formatInstant(firstAt),
      stoppedAt: timeOf(stoppedAt),
    })),
    dropped: { ...recording.dropped, lastAt: timeOf(recording.dropped.lastAt) },
    unpriced: spend.unpriced.map(({ tokens, ...row }) => ({ ...row, tokens: tokensToJson(tokens) })),
    requests: spend.total.requests,
    conflicts,
    unreadBatches: condition.unreadBatches.map(({ submittedAt, endedAt, deletedAt, ...batch }) => ({
      ...batch,
      submittedAt: timeOf(submittedAt),
      endedAt: timeOf(endedAt),
      deletedAt: formatInstant(deletedAt),
    })),
    damage,
    prices: { hash: prices.hash, newestKnownFrom: formatInstant(prices.newestKnownFrom) },
    transcripts: transcripts === null ? null : { ...transcripts, newestUnreadAt: timeOf(transcripts.newestUnreadAt) },
    importedAt: timeOf(condition.importedAt),
    disk,
    forwarding: condition.forwarding.map(({ at, ...status }) => ({ ...status, at: timeOf(at) })),
    forgotten: condition.forgotten.map(({ at, ...target }) => ({ ...target, at: formatInstant(at) })),
    outboxes:
      condition.outboxes?.map(({ at, forgottenAt, ...status }) => ({
        ...status,
        at: timeOf(at),
        forgottenAt: timeOf(forgottenAt),
      })) ?? null,
    hosts:
      condition.hosts?.map(({ reportedAt, newestAt, ...host }) => ({
        ...host,
        reportedAt: formatInstant(reportedAt),
        newestAt: timeOf(newestAt),
      })) ?? null,
    heldBackMs: condition.heldBackMs,
    locks: locks.map(({ name, owner, isHeld }) => ({
      name,
      pid: owner?.pid ?? null,
      host: owner?.host ?? null,
      held: isHeld,
    })),
    logs: [...heads].map(([writer, { seq, at }]) => ({ writer, seq, lastAt: timeOf(at) })),
  };
}

function timeOf(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at);
}
