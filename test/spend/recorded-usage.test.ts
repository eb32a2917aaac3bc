import {
  listPriceBook,
  NO_TOKENS,
  querySpend,
  recordedUsageProjection,
  rowsOfAccount,
  sum,
  type Account,
  type RecordedUsage,
  type SpendQuery,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anAccount } from "../support/an-account.ts";
import { requestLists } from "../support/arbitraries.ts";
import { aRequestCompleted, aUsage } from "../support/builders.ts";

const QUERY: SpendQuery = {
  by: ["day", "workspace"],
  where: [],
  since: null,
  until: null,
  timeZone: "UTC",
  book: listPriceBook(),
};

function recordedUsage(account: Account): readonly RecordedUsage[] {
  const projection = recordedUsageProjection(QUERY);
  const state = projection.newState();
  state.add(rowsOfAccount(account));
  return projection.restore(state.parts()).result();
}

describe("recorded usage", () => {
  it("comes to the spend of the same requests, whatever a bill would call them", () => {
    fc.assert(
      fc.property(requestLists, (requests) => {
        const failures = requests.filter((event) => event.type === "RequestFailed");
        const account = anAccount(
          requests.filter((event) => event.type !== "RequestFailed"),
          failures,
        );
        const usages = recordedUsage(account);
        const usd = usages.flatMap((usage) => (typeof usage.usd === "string" ? [] : [...usage.usd.values()]));
        const { total } = querySpend(account, QUERY);
        expect(sum(usd)).toBe(total.usd);
        expect(usages.reduce((count, { requests }) => count + requests, 0)).toBe(total.requests);
        const output = usages.reduce((count, { quantities }) => count + (quantities.get("output") ?? 0n), 0n);
        expect(output).toBe(BigInt(total.tokens.output));
      }),
    );
  });

  it("is told apart as a bill tells it: by the model of each pass, tier, geography and speed, priced or not", () => {
    const own = aUsage({ output: 7 }, { serviceTier: "batch", inferenceGeo: "us", speed: "warp" });
    const [usage, ...more] = recordedUsage(
      anAccount([aRequestCompleted({ servedModel: "claude-opus-5", usage: own, ids: { workspace: "wrkspc_lab" } })]),
    );
    expect(more).toEqual([]);
    expect(usage?.billedAs).toEqual({
      model: "claude-opus-5",
      serviceTier: "batch",
      inferenceGeo: "us",
      speed: "warp",
    });
    expect(usage?.usd).toBe("unknown-speed");
    expect(usage?.quantities).toEqual(new Map([["output", 7n]]));
    expect(usage?.group[1]).toBe("wrkspc_lab");
  });

  it("gives each pass within one response to its own model", () => {
    const whole = aUsage({ output: 10 });
    const parts = [
      { kind: "message" as const, iteration: 0, model: null, tokens: { ...NO_TOKENS, output: 4 } },
      { kind: "advisor_message" as const, iteration: 1, model: "claude-opus-5", tokens: { ...NO_TOKENS, output: 6 } },
    ];
    const usages = recordedUsage(
      anAccount([aRequestCompleted({ servedModel: "claude-haiku-4-5", usage: { ...whole, parts } })]),
    );
    const byModel = new Map(usages.map(({ billedAs, quantities }) => [billedAs.model, quantities.get("output")]));
    expect(byModel).toEqual(
      new Map([
        ["claude-haiku-4-5", 4n],
        ["claude-opus-5", 6n],
      ]),
    );
  });
});
