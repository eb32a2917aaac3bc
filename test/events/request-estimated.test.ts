import { loadParseEvent } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestEstimated } from "../support/an-estimate.ts";

const parseEvent = await loadParseEvent();

describe("an estimate of a request", () => {
  it("is read as it is written, also where little is known", () => {
    const little = aRequestEstimated({
      outputTokens: { expected: null, high: null, bound: null },
      usd: null,
      prompt: null,
    });

    expect(parseEvent(aRequestEstimated())).toEqual(aRequestEstimated());
    expect(parseEvent(little)).toEqual(little);
  });

  it("is refused where a part of it is no amount", () => {
    const event = aRequestEstimated();
    const { low, ...without } = event.promptTokens;

    expect(low).toBe(100);
    expect(() => parseEvent({ ...event, promptTokens: without })).toThrow("promptTokens.low");
    expect(() => parseEvent({ ...event, usd: { ...event.usd, bound: 3 } })).toThrow("usd.bound");
    expect(() => parseEvent({ ...event, prompt: { key: "k", hash: "short" } })).toThrow("prompt.hash");
  });
});
