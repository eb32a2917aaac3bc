import { readFileSync } from "node:fs";
import { formatUsd, parseUsd, sum, type Money } from "@farthing/ledger";
import { expect, it } from "vitest";
import { describeWithSharedData } from "../support/shared-data.ts";
import { runCli } from "../support/run-cli.ts";

interface CostCase {
  readonly id: number;
  readonly model: string;
  readonly at: string | null;
  readonly usage: object;
  readonly modifiers: object;
  readonly component: "total" | "tokens";
  readonly expected_usd: string;
  readonly status: string;
}

interface Answer {
  readonly usd: string | null;
  readonly lines: readonly { readonly item: string; readonly iteration: number | null; readonly usd: string | null }[];
}

/** As the cases' SOURCE.txt says: the day of those without one, and how far amounts may be apart. */
const DAY = "2026-11-15";
const TOLERANCE = parseUsd("0.000000001");

describeWithSharedData(
  "the prices other projects assert, through farthing price --stdin",
  "cost-cases/cases.json",
  (path) => {
    it("match in every case that is agreed or historical", async () => {
      const cases = (JSON.parse(readFileSync(path, "utf8")) as CostCase[]).filter(({ status }) =>
        ["agreed", "historical"].includes(status),
      );
      const stdin = cases.map(({ model, at, usage, modifiers }) =>
        JSON.stringify({ model, at: at ?? DAY, usage: { ...modifiers, ...usage } }),
      );
      const { exitCode, stdout } = await runCli(["price", "--stdin"], { stdin: stdin.join("\n") });
      expect(exitCode).toBe(0);
      const answers = stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Answer);
      expect(answers).toHaveLength(cases.length);
      const wrong = cases.flatMap((each, index) => {
        const answer = amountOf(each, answers[index]);
        const expected = parseUsd(each.expected_usd);
        const isRight = answer !== null && answer - expected <= TOLERANCE && expected - answer <= TOLERANCE;
        return isRight ? [] : [{ id: each.id, expected: each.expected_usd, answer: answer && formatUsd(answer) }];
      });
      expect(wrong).toEqual([]);
    });
  },
);

function amountOf({ component }: CostCase, answer: Answer | undefined): Money | null {
  if (answer === undefined || answer.usd === null) return null;
  if (component === "total") return parseUsd(answer.usd);
  const tokens = answer.lines.filter(({ item, iteration }) => iteration === null && item !== "webSearch");
  return sum(tokens.map(({ usd }) => parseUsd(usd ?? "0")));
}
