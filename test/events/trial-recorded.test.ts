import { foldAccount, loadParseEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aTrialRecorded } from "../support/a-trial.ts";

const parseEvent = await loadParseEvent();

describe("a trial", () => {
  it("is read as it is written, also where little was measured", () => {
    const little = aTrialRecorded({
      workload: null,
      from: { usd: null, latencyMs: null },
      pairs: 0,
      promptRatio: null,
      outputRatio: null,
      agreement: { compared: 0, share: null },
    });

    expect(parseEvent(aTrialRecorded())).toEqual(aTrialRecorded());
    expect(parseEvent(little)).toEqual(little);
  });

  it("is refused where a part of it is no ratio, count or amount", () => {
    const trial = aTrialRecorded();

    expect(() => parseEvent({ ...trial, outputRatio: { low: 1, expected: 1 } })).toThrow("outputRatio.high");
    expect(() => parseEvent({ ...trial, agreement: { ...trial.agreement, share: -0.1 } })).toThrow("agreement.share");
    expect(() => parseEvent({ ...trial, from: { ...trial.from, answers: 1.5 } })).toThrow("from.answers");
    expect(() => parseEvent({ ...trial, spentUsd: 3 })).toThrow("spentUsd");
    expect(() => parseEvent({ ...trial, to: { ...trial.to, failures: [{ requests: 1 }] } })).toThrow(
      "to.failures.0.errorType",
    );
  });

  it("is no request: it changes nothing that was spent", () => {
    const account = foldAccount([aTrialRecorded()]);

    expect(account).toMatchObject({ responses: [], failures: [], others: [{ type: "TrialRecorded" }] });
  });
});
