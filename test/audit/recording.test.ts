import { foldAccount, RecordingTally, rowsOfAccount, type LedgerEvent, type Recording } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aCaptureStarted, anEventsDropped, aRequestCompleted, NO_CONTEXT, NO_IDS } from "../support/builders.ts";

function recordingOf(events: readonly LedgerEvent[]): Recording {
  const account = foldAccount(events);
  const tally = new RecordingTally();
  tally.addRequests(rowsOfAccount(account));
  for (const event of account.others) tally.add(event);
  return tally.result();
}

let made = 0;

function aRequest(occurredAt: string, service: string | null, host: string | null, source = "sdk"): LedgerEvent {
  made += 1;
  const id = `msg:${String(made)}`;
  return aRequestCompleted({ id, occurredAt, sources: [source], ids: { ...NO_IDS }, context: { service, host } });
}

function aCaptureStopped(occurredAt: string, service: string, host: string): LedgerEvent {
  const context = { ...NO_CONTEXT, service, host };
  return { ...aCaptureStarted({ id: `stopped:${occurredAt}`, occurredAt, context }), type: "CaptureStopped" };
}

function aStart(occurredAt: string, service: string, host: string): LedgerEvent {
  return aCaptureStarted({ id: `started:${occurredAt}:${host}`, occurredAt, context: { service, host } });
}

describe("who recorded", () => {
  it("is told by source and service, with hours, the longest pause, and every host's last request", () => {
    const { origins } = recordingOf([
      aRequest("2026-10-01T10:05:00.000Z", "search", "a"),
      aRequest("2026-10-01T10:50:00.000Z", "search", "b"),
      aRequest("2026-10-01T15:10:00.000Z", "search", "a"),
      aRequest("2026-10-01T12:00:00.000Z", null, null, "claude-code"),
    ]);
    expect(origins).toEqual([
      {
        source: "sdk",
        service: "search",
        requests: 3,
        firstAt: Date.parse("2026-10-01T10:05:00.000Z"),
        lastAt: Date.parse("2026-10-01T15:10:00.000Z"),
        activeHours: 2,
        // From 11:00 to 15:00 there was none.
        longestPauseMs: 4 * 3_600_000,
        hosts: [
          { host: "a", requests: 2, lastAt: Date.parse("2026-10-01T15:10:00.000Z") },
          { host: "b", requests: 1, lastAt: Date.parse("2026-10-01T10:50:00.000Z") },
        ],
      },
      expect.objectContaining({ source: "claude-code", service: null, requests: 1, activeHours: 1, longestPauseMs: 0 }),
    ]);
  });

  it("counts a request that two sources saw for both", () => {
    const event = aRequestCompleted();
    const { origins } = recordingOf([event, { ...event, sources: ["other"] }]);
    expect(origins.map(({ source, requests }) => `${source} ${String(requests)}`).toSorted()).toEqual([
      "other 1",
      "test 1",
    ]);
  });

  it("says what a full queue dropped, in all", () => {
    const { dropped } = recordingOf([
      anEventsDropped({ id: "dropped:1", occurredAt: "2026-10-02T10:00:00.000Z" }),
      anEventsDropped({ id: "dropped:2", occurredAt: "2026-10-01T10:00:00.000Z" }),
    ]);
    expect(dropped).toMatchObject({ events: 4, tokens: { uncachedInput: 400, output: 40 } });
    expect(dropped.lastAt).toBe(Date.parse("2026-10-02T10:00:00.000Z"));
    expect(recordingOf([]).dropped).toMatchObject({ events: 0, lastAt: null });
  });
});

describe("the hours that a service recorded", () => {
  it("are those in which any host did, each once", () => {
    const { captures } = recordingOf([
      aStart("2026-10-01T10:00:00.000Z", "search", "a"),
      aStart("2026-10-01T11:00:00.000Z", "search", "b"),
      aCaptureStopped("2026-10-01T12:00:00.000Z", "search", "a"),
      aCaptureStopped("2026-10-01T13:00:00.000Z", "search", "b"),
      aStart("2026-10-01T20:00:00.000Z", "search", "a"),
      aCaptureStopped("2026-10-01T21:00:00.000Z", "search", "a"),
    ]);
    expect(captures).toEqual([
      {
        service: "search",
        firstAt: Date.parse("2026-10-01T10:00:00.000Z"),
        // 10 to 13, and 20 to 21.
        recordedMs: 4 * 3_600_000,
        openHosts: 0,
        stoppedAt: Date.parse("2026-10-01T21:00:00.000Z"),
      },
    ]);
  });

  it("go up to the last request where a host did not say when it stopped", () => {
    const { captures } = recordingOf([
      aStart("2026-10-01T10:00:00.000Z", "search", "a"),
      aRequest("2026-10-01T12:00:00.000Z", "search", "a"),
      aStart("2026-10-01T10:30:00.000Z", "other", "a"),
    ]);
    expect(captures).toMatchObject([
      { service: "other", recordedMs: 0, openHosts: 1, stoppedAt: null },
      { service: "search", recordedMs: 2 * 3_600_000, openHosts: 1, stoppedAt: null },
    ]);
  });
});
