import { readFileSync } from "node:fs";
import { formatUsd, sum, type Cost, type Money } from "@farthing/ledger";
import { expect, it } from "vitest";
import { z } from "zod";
import { describeWithSharedData } from "../support/shared-data.ts";
import { price } from "./price.ts";

const Case = z.object({
  id: z.number(),
  model: z.string(),
  at: z.string().nullable(),
  usage: z.record(z.string(), z.unknown()),
  modifiers: z.record(z.string(), z.unknown()),
  component: z.enum(["total", "tokens"]),
  expected_usd: z.string(),
  status: z.enum(["agreed", "historical", "stale", "client-wrong", "policy", "disputed"]),
  reference_usd: z.string(),
});
type Case = z.infer<typeof Case>;

/** What we answer to the cases of other projects that need not match, and why. */
const ANSWERS: Readonly<Record<number, readonly [usd: string, why: string]>> = {
  229: ["12", "Sonnet 5's rise to 3 / 15 USD was cancelled"],
  231: ["2", "Sonnet 5's rise to 3 / 15 USD was cancelled"],
  306: ["12", "Sonnet 5's rise to 3 / 15 USD was cancelled"],
  313: ["2", "Sonnet 5's rise to 3 / 15 USD was cancelled"],
  290: ["3", "a prompt above 100,000 tokens is in Haiku 5.5's upper tier, output included"],
  292: ["5", "writes without a split are five-minute writes"],
  296: ["6.25", "writes without a split are five-minute writes"],
  307: ["0.006625", "what a split leaves open is five-minute writes"],
  347: ["6.25", "writes without a split are five-minute writes"],
  241: ["0.0006144", "Haiku 3's five-minute write was published as 0.30, not 1.25 times 0.25"],
  244: ["0.00006144", "Haiku 3's cache read was published as 0.03, not a tenth of 0.25"],
  352: ["0.0051762", "the client priced Sonnet 4.6 as a model it knew"],
  353: ["0.01378875", "the client priced Sonnet 4.6 as a model it knew"],
  354: ["0.0246978", "the client priced Sonnet 4.6 as a model it knew"],
  355: ["0.0122679", "the client priced Sonnet 4.6 as a model it knew"],
  356: ["0.0126351", "the client priced Sonnet 4.6 as a model it knew"],
};

describeWithSharedData("prices asserted by other projects", "cost-cases/cases.json", (path) => {
  const cases = z.array(Case).parse(JSON.parse(readFileSync(path, "utf8")));
  const exact = cases.filter(({ status }) => status === "agreed" || status === "historical");
  const explained = cases.filter((each) => !exact.includes(each));

  it("number 223 that must match and 16 that explain themselves", () => {
    expect([exact.length, explained.length]).toEqual([223, 16]);
  });

  it.each(exact.map((each) => [`${String(each.id)} ${each.model} ${each.status}`, each] as const))(
    "are met exactly: case %s",
    (_, each) => {
      expect(answer(each)).toBe(normalised(each.expected_usd));
    },
  );

  it.each(explained.map((each) => [each.id, ANSWERS[each.id]?.[1] ?? "unexplained", each] as const))(
    "are answered otherwise in case %i, because %s",
    (id, _, each) => {
      expect(answer(each)).toBe(ANSWERS[id]?.[0]);
      expect(answer(each)).toBe(normalised(each.reference_usd));
    },
  );
});

function answer({ model, at, usage, modifiers, component }: Case): string {
  const cost = price(model, { ...modifiers, ...usage }, at ?? "2026-11-15");
  expect(cost.reason).toBeNull();
  return formatUsd(component === "total" ? (cost.total ?? zero()) : topLevelTokens(cost));
}

function topLevelTokens({ lines }: Cost): Money {
  return sum(
    lines
      .filter(({ item, iteration }) => item !== "webSearch" && iteration === null)
      .map(({ amount }) => amount ?? zero()),
  );
}

function zero(): Money {
  return sum([]);
}

/** A decimal without trailing zeros; every amount of the cases has at most twelve decimals. */
function normalised(text: string): string {
  return text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text;
}
