import { money, listPriceBook } from "@farthing/ledger";
import { materiality, STRATEGIES } from "@farthing/advisor";
import { describe, expect, it } from "vitest";
import { trueCost } from "./bill-traffic.ts";
import { changedTraffic, isTranslated } from "./changes.ts";
import { FAMILIES, type DeservedChange } from "./families.ts";
import { trueSaving } from "./run-case.ts";
import { makeCase, type SelfTestCase } from "./self-test-case.ts";

const SEEDS = [11, 12];
const BOOK = listPriceBook();

function told(change: DeservedChange): Required<DeservedChange> {
  return { subject: "", title: "", change: "", ...change };
}

/** The smallest saving worth a line. */
function worthALine(example: SelfTestCase): bigint {
  return materiality(money(trueCost(example.billed, BOOK)));
}

const deserving = FAMILIES.flatMap(({ deserves, ...family }) =>
  typeof deserves === "string" ? [] : [{ ...family, deserves }],
);
const undeserving = FAMILIES.filter(({ deserves, name }) => deserves === "nothing" && name !== "too little traffic");

/** Changes that leave answers as they are, and make nobody wait. */
const WITHOUT_A_TEST: readonly (readonly [strategy: string, subject?: string])[] = [
  ["stop-caching"],
  ["cache-ttl-5m"],
  ["cache-ttl-1h"],
  ["cache-ttl-1h", "head"],
  ["stable-prefix"],
  ["warm-before-fan-out"],
  ["max-tokens"],
  ["trim-tools"],
  ["duplicate-requests"],
  ["retried-work"],
  ["premium-speed"],
  ["premium-geo"],
  ["server-tools"],
];

describe("a family of workloads", () => {
  it.each(deserving.map((family) => [family.name, family] as const))("%s saves by what it deserves", (_, family) => {
    for (const seed of SEEDS) {
      const example = makeCase(family, seed);
      expect(trueSaving(example, [told(family.deserves)])).toBeGreaterThan(worthALine(example));
    }
  });

  it.each(undeserving.map((family) => [family.name, family] as const))("%s saves by nothing", (_, family) => {
    for (const seed of SEEDS) {
      const example = makeCase(family, seed);
      for (const [strategy, subject = ""] of WITHOUT_A_TEST) {
        const saving = trueSaving(example, [told({ strategy, subject, workload: "assistant" })]);
        expect(saving, strategy).toBeLessThan(worthALine(example));
      }
    }
  });

  it("is the same from the same seed, and another from another", () => {
    const [family] = FAMILIES;
    if (family === undefined) throw new Error("there are no families");
    expect(makeCase(family, 5).requests).toEqual(makeCase(family, 5).requests);
    expect(makeCase(family, 5).requests).not.toEqual(makeCase(family, 6).requests);
  });
});

describe("every strategy", () => {
  it.each(STRATEGIES.map(({ name }) => name))("%s has a translation into changed traffic", (name) => {
    expect(isTranslated(name), `add "${name}" to test/self-test/changes.ts`).toBe(true);
  });

  it("that has none is refused by name", () => {
    const change = told({ strategy: "wishful-thinking", workload: "assistant" });
    const world = makeCase({ name: "none", deserves: "nothing", weight: 1, services: () => [] }, 1).world;
    expect(() => changedTraffic([], [change], world)).toThrow(/"wishful-thinking" has no entry/);
  });
});
