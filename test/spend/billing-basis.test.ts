import { billingBasisOf } from "@farthing/ledger";
import { describe, expect, it } from "vitest";

describe("the billing basis of some sources", () => {
  it("is each source's own entry, else the entry for every source, else unknown", () => {
    const billing = { "*": "per-token", "claude-code": "subscription" } as const;
    expect(billingBasisOf(billing, ["middleware"])).toBe("per-token");
    expect(billingBasisOf(billing, ["claude-code"])).toBe("subscription");
    expect(billingBasisOf({}, ["claude-code"])).toBe("unknown");
    expect(billingBasisOf({}, [])).toBe("unknown");
  });

  it("is mixed where they differ, and unknown as soon as one of them is", () => {
    const billing = { a: "per-token", b: "subscription" } as const;
    expect(billingBasisOf(billing, ["a", "b"])).toBe("mixed");
    expect(billingBasisOf(billing, ["a", "b", "c"])).toBe("unknown");
    expect(billingBasisOf(billing, ["a", "toString"])).toBe("unknown");
  });
});
