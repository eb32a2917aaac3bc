import { billingBasisOf, TOKEN_BUCKETS, type Instant, type OriginRecording, type UnpricedRow } from "@farthing/ledger";
import { expiringResults } from "../../report/due.ts";
import { expiringWords } from "../../report/words.ts";
import {
  BATCH_EXPIRES_SOON_MS,
  CLOCK_TOLERANCE_MS,
  DROPPED_RECENT_MS,
  FREE_BYTES_MIN,
  PRICES_OLD_MS,
  RHYTHM_HOURS_MIN,
  SILENCE_ENDED_MS,
  SILENCE_FACTOR,
  SILENCE_MIN_MS,
  UNREAD_MS,
} from "../../thresholds.ts";
import type { LedgerCondition } from "../input/ledger-condition.ts";
import { ago, attention, more, note, ok, SHOWN_MAX, type Finding } from "./finding.ts";
import { checkForwarding, checkHeldBack, checkHosts } from "./host-checks.ts";
import { displayBytes, displayCount, displayIsoDay, displayQuantity, displaySpan } from "./format-values.ts";

/** What one check found. */
export interface CheckResult extends Finding {
  readonly check: CheckName;
}

type CheckName =
  | "last event"
  | "silence"
  | "capture"
  | "dropped"
  | "transcripts"
  | "damage"
  | "conflicts"
  | "unpriced"
  | "batches"
  | "unknown types"
  | "prices"
  | "billing"
  | "disk"
  | "processes"
  | "forwarding"
  | "hosts"
  | "held back"
  | "clock";

type Check = (condition: LedgerCondition) => readonly Finding[];

/** In the order in which they are shown. A check without a finding has nothing to look at. */
const CHECKS: Readonly<Record<CheckName, Check>> = {
  "last event": checkLastEvent,
  silence: checkSilence,
  capture: checkCapture,
  dropped: checkDropped,
  transcripts: checkTranscripts,
  damage: checkDamage,
  conflicts: checkConflicts,
  unpriced: checkUnpriced,
  batches: checkBatches,
  "unknown types": checkUnknownTypes,
  prices: checkPrices,
  billing: checkBilling,
  disk: checkDisk,
  processes: checkProcesses,
  forwarding: checkForwarding,
  hosts: checkHosts,
  "held back": checkHeldBack,
  clock: checkClock,
};

/** Judges a ledger's condition. */
export function checkCondition(condition: LedgerCondition): readonly CheckResult[] {
  return (Object.keys(CHECKS) as CheckName[]).flatMap((check) =>
    CHECKS[check](condition).map((finding) => ({ check, ...finding })),
  );
}

function checkLastEvent({ recording, now }: LedgerCondition): Finding[] {
  const [newest] = recording.origins;
  if (newest === undefined) {
    return [attention("no request was recorded yet", "farthing import claude-code, or append from an application")];
  }
  const [{ host } = { host: null }] = newest.hosts;
  return [ok(`${ago(now, newest.lastAt)}, of ${nameOf(newest)}${host === null ? "" : ` on ${host}`}`)];
}

function checkSilence({ recording: { origins }, now }: LedgerCondition): Finding[] {
  const silent = origins.filter((origin) => isSilent(origin, now));
  const hosts = origins.filter((origin) => !silent.includes(origin)).flatMap((origin) => silentHosts(origin, now));
  return [
    ...silent.slice(0, SHOWN_MAX).map((origin) => {
      const before =
        origin.longestPauseMs === 0
          ? "it never paused for an hour before"
          : `its longest pause before was ${displaySpan(origin.longestPauseMs)}`;
      const finding = `${nameOf(origin)}: nothing for ${displaySpan(now - origin.lastAt)}; ${before}`;
      return attention(finding, "see whether it still runs, and still records");
    }),
    ...more(silent.length - SHOWN_MAX),
    ...hosts.slice(0, SHOWN_MAX),
    ...more(hosts.length - SHOWN_MAX),
  ];
}

/** Whether an origin that recorded regularly has not for much longer than ever before, and not for good. */
function isSilent({ activeHours, longestPauseMs, lastAt }: OriginRecording, now: Instant): boolean {
  const silence = now - lastAt;
  const limit = Math.max(SILENCE_MIN_MS, SILENCE_FACTOR * longestPauseMs);
  return activeHours >= RHYTHM_HOURS_MIN && silence > limit && silence <= SILENCE_ENDED_MS;
}

/** Hosts come and go; that some are silent of a service that goes on is no more than worth knowing. */
function silentHosts(origin: OriginRecording, now: Instant): Finding[] {
  const { hosts, lastAt } = origin;
  const silent = hosts.filter((host) => lastAt - host.lastAt > SILENCE_MIN_MS && now - host.lastAt <= SILENCE_ENDED_MS);
  if (silent.length === 0) return [];
  const names = silent.slice(0, SHOWN_MAX).map(({ host }) => host ?? "one without a name");
  const others = silent.length > SHOWN_MAX ? ` and ${displayCount(silent.length - SHOWN_MAX)} more` : "";
  const count = `${displayCount(silent.length)} of ${displayQuantity(hosts.length, "host")} silent for a day or longer`;
  return [note(`${nameOf(origin)}: ${count}: ${names.join(", ")}${others}`)];
}

function checkCapture({ recording: { captures }, now }: LedgerCondition): Finding[] {
  return captures.map(({ service, firstAt, recordedMs, openHosts, stoppedAt }) => {
    const hours = `about ${hoursOf(recordedMs)} of ${hoursOf(now - firstAt)} hours since ${displayIsoDay(firstAt)}`;
    const who = service ?? "a service without a name";
    if (stoppedAt === null) return ok(`${who}: recording on ${displayQuantity(openHosts, "host")}; ${hours}`);
    return note(`${who}: stopped ${ago(now, stoppedAt)}; ${hours}`, "start it again if it should record");
  });
}

function checkDropped({ recording: { dropped }, now }: LedgerCondition): Finding[] {
  if (dropped.lastAt === null) return [ok("nothing")];
  const tokens = TOKEN_BUCKETS.reduce((sum, bucket) => sum + dropped.tokens[bucket], 0);
  const finding = `${displayQuantity(dropped.events, "event")} with ${displayCount(tokens)} tokens, the last ${ago(now, dropped.lastAt)}`;
  if (now - dropped.lastAt > DROPPED_RECENT_MS) return [note(finding)];
  return [attention(finding, "a queue was full: see whether the disk is slow or full, or raise its limits")];
}

function checkTranscripts({ transcripts, importedAt, now }: LedgerCondition): Finding[] {
  if (transcripts === null) return [];
  const { newestUnreadAt, unreadBytes } = transcripts;
  const last = importedAt === null ? "never imported" : `last imported ${ago(now, importedAt)}`;
  if (newestUnreadAt === null) return [ok(`Claude Code: all read, ${last}`)];
  const finding = `Claude Code: ${displayBytes(unreadBytes)} not imported, ${last}`;
  if (importedAt === null) return [note(finding, "farthing import claude-code, if they belong here")];
  // Whoever works with Claude Code always has a little that no import has read yet.
  if (newestUnreadAt - importedAt <= UNREAD_MS) return [note(finding, "farthing import claude-code")];
  return [attention(finding, "farthing import claude-code, best every day")];
}

function checkDamage({ damage }: LedgerCondition): Finding[] {
  const [first] = damage;
  if (first === undefined) return [ok("none met while reading; farthing verify looks at every byte")];
  const finding = `${displayQuantity(damage.length, "damaged place")}, the first ${first.file}:${String(first.line)}: ${first.why}`;
  return [attention(finding, "farthing verify")];
}

function checkConflicts({ conflicts }: LedgerCondition): Finding[] {
  if (conflicts === 0) return [];
  const finding = `${displayQuantity(conflicts, "response")} with final snapshots that disagree; one of each counts`;
  return [note(finding, "look for two programs that record the same calls differently")];
}

function checkUnpriced({ spend: { unpriced, total } }: LedgerCondition): Finding[] {
  if (total.unpricedRequests === 0) return [ok("nothing")];
  const share = ((100 * total.unpricedRequests) / total.requests).toFixed(1);
  const models = unpriced.map(({ model, reason }: UnpricedRow) => `${model} (${reason})`).join(", ");
  const finding = `${displayCount(total.unpricedRequests)} of ${displayQuantity(total.requests, "response")}, ${share} %: ${models}`;
  return [attention(finding, "update farthing, or record the price: farthing prices set FILE")];
}

function checkBatches({ unreadBatches, now }: LedgerCondition): Finding[] {
  const expiring = expiringResults(unreadBatches, now);
  const deleted = unreadBatches.filter(({ deletedAt }) => deletedAt <= now);
  const lost = deleted.reduce((total, batch) => total + batch.requests - batch.recorded, 0);
  const words = `results of ${displayQuantity(deleted.length, "batch", "batches")} were deleted before they were read: ${displayQuantity(lost, "request")} in no figure`;
  return [
    ...expiring.slice(0, SHOWN_MAX).map((entry) => {
      const finding = `${displayIsoDay(entry.at)}, in ${displaySpan(entry.at - now)}: ${expiringWords(entry)}`;
      const next = "read its results where this ledger is attached";
      return entry.at - now <= BATCH_EXPIRES_SOON_MS ? attention(finding, next) : note(finding, next);
    }),
    ...more(expiring.length - SHOWN_MAX),
    ...(deleted.length === 0 ? [] : [note(words)]),
  ];
}

function checkUnknownTypes({ unknownTypes }: LedgerCondition): Finding[] {
  if (unknownTypes.size === 0) return [];
  const types = [...unknownTypes].map(([type, count]) => `${displayCount(count)} ${type}`).join(", ");
  return [attention(`events this release does not know, in no figure: ${types}`, "update farthing")];
}

function checkPrices({ prices, now }: LedgerCondition): Finding[] {
  const age = now - prices.newestKnownFrom;
  const finding = `book ${prices.hash}; the newest list price is of ${displayIsoDay(prices.newestKnownFrom)}, ${ago(now, prices.newestKnownFrom)}`;
  if (age <= PRICES_OLD_MS) return [ok(finding)];
  return [attention(finding, "update farthing, or record newer prices: farthing prices set FILE")];
}

function checkBilling({ settings, spend: { sources } }: LedgerCondition): Finding[] {
  const unknown = sources.filter((source) => billingBasisOf(settings.billing, [source]) === "unknown");
  if (unknown.length === 0) return [];
  const [first = ""] = unknown;
  const next = `farthing settings set billing.${first} per-token, subscription or mixed`;
  return [note(`how ${unknown.join(", ")} is paid for is not known, so nothing is called spent`, next)];
}

function checkDisk({ disk, hosts, settings }: LedgerCondition): Finding[] {
  const { logBytes, derivedBytes, damagedBytes, otherBytes, freeBytes } = disk;
  // Of a ledger in a database this is the copy, which may be deleted at any time.
  const diskLimitBytes = hosts === null ? settings.diskLimitBytes : null;
  const free = freeBytes === null ? "" : `; ${displayBytes(freeBytes)} free`;
  const aside = damagedBytes === 0 ? "" : `, put aside ${displayBytes(damagedBytes)}`;
  const finding = `log ${displayBytes(logBytes)}, derived ${displayBytes(derivedBytes)}${aside}${free}`;
  const all = logBytes + derivedBytes + damagedBytes + otherBytes;
  if (diskLimitBytes !== null && all > diskLimitBytes) {
    return [
      attention(`${finding}; the limit of ${displayBytes(diskLimitBytes)} is passed`, "farthing prune --before TIME"),
    ];
  }
  if (freeBytes !== null && freeBytes < FREE_BYTES_MIN) return [attention(finding, "free some space")];
  return [ok(finding)];
}

function checkProcesses({ locks, heads }: LedgerCondition): Finding[] {
  const held = locks.filter(({ isHeld }) => isHeld);
  const stale = locks.filter(({ isHeld }) => !isHeld);
  const logs = displayQuantity(heads.size, "log");
  const atWork = held.map(({ name, owner }) => `${String(owner?.pid)} on ${String(owner?.host)} (${name})`);
  return [
    ok(`${logs}; at work: ${atWork.length === 0 ? "nobody" : atWork.join(", ")}`),
    ...(stale.length === 0
      ? []
      : [
          note(
            `${displayQuantity(stale.length, "lock")} of processes that are gone`,
            "nothing, or farthing verify --repair",
          ),
        ]),
  ];
}

function checkClock({ recording, heads, now, clock }: LedgerCondition): Finding[] {
  const ahead = recording.origins.filter(({ lastAt }) => lastAt > now + CLOCK_TOLERANCE_MS);
  const recorded = [...heads].filter(([, { at }]) => at !== null && at > clock + CLOCK_TOLERANCE_MS);
  const next = "set the clocks, best by a time service; prices and days follow the times recorded";
  const findings = [
    ...ahead.map((origin) =>
      attention(`${nameOf(origin)} has requests of ${displaySpan(origin.lastAt - now)} from now`, next),
    ),
    ...recorded.map(([writer, { at }]) =>
      attention(`log ${writer} was written ${displaySpan((at ?? clock) - clock)} from now`, next),
    ),
  ];
  return findings.length > 0 ? findings : [ok("nothing is of later than now")];
}

/** Who recorded, as a person knows it. */
function nameOf({ source, service }: Pick<OriginRecording, "source" | "service">): string {
  return service === null ? source : `${service} (${source})`;
}

function hoursOf(spanMs: number): string {
  return displayCount(Math.round(spanMs / 3_600_000));
}
