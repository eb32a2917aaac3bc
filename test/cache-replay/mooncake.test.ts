import { STRATEGIES, type Advice, type Recommendation } from "@farthing/advisor";
import { formatUsd, listPriceBook, money, type Money } from "@farthing/ledger";
import { expect, it } from "vitest";
import { adviceOn } from "../support/advice.ts";
import { describeWithSharedData } from "../support/shared-data.ts";
import { billsOfEveryBlock, billsOfTheApi, costOfBills, readTrace, recordedTraffic, type Bills } from "./mooncake.ts";

/** Adds up and prices 12,031 prompts several times. */
const LONG_MS = 120_000;

describeWithSharedData(
  "advice on the conversation trace of Mooncake, sent with 1h",
  "traces/mooncake-conversation.jsonl",
  (path) => {
    const lines = readTrace(path);
    const book = listPriceBook();
    const costOf = (bills: Bills): Money => money(costOfBills(lines, bills, book));

    it("says what 1h costs more than no caching, to the picodollar, from the bill alone", { timeout: LONG_MS }, () => {
      // Billed as `farthing simulate` has it: every block end is a boundary. Prompts are not recorded, as in an import.
      const anHour = billsOfEveryBlock(lines, "1h");
      expect(formatUsd(costOf(anHour))).toBe("1037.0545255");
      const recorded = recordedTraffic(lines, anHour, { lifetime: "1h", fingerprinted: false });
      const stop = recommended(adviceOn(recorded), "stop-caching");
      expect(stop?.plan.title).toBe("stop 1h cache, 60 % re-read");
      // 1,037.0545255 - 827.020315
      expect(formatUsd(stop?.alone.expected ?? money(0n))).toBe("210.0342105");
    });

    it("says what 1h costs more than 5m, to the picodollar, by the rules of the API", { timeout: LONG_MS }, () => {
      // Four breakpoints, each looking back 20 blocks: less is found than with a boundary at every block, by all lifetimes.
      const [anHour, fiveMinutes] = [billsOfTheApi(lines, "1h"), billsOfTheApi(lines, "5m")];
      expect([anHour, fiveMinutes].map((bills) => formatUsd(costOf(bills)))).toEqual(["1269.2083815", "874.239965"]);
      const recorded = recordedTraffic(lines, anHour, { lifetime: "1h", fingerprinted: true });
      const advice = adviceOn(recorded, { strategies: STRATEGIES.filter(({ name }) => name === "cache-ttl-5m") });
      expect(advice.gaps).toMatchObject([{ knowledge: "blocks", steps: 12_031, exactSteps: 12_031, gap: 0 }]);
      const shorter = recommended(advice, "cache-ttl-5m");
      expect(shorter?.plan.title).toBe("5m cache instead of 1h");
      // 1,269.2083815 - 874.239965
      expect(formatUsd(shorter?.alone.expected ?? money(0n))).toBe("394.9684165");
    });
  },
);

function recommended({ recommendations }: Advice, strategy: string): Recommendation | undefined {
  return recommendations.find(({ plan }) => plan.strategy === strategy);
}
