import { contractPrice, money, parseUsd, shareLeft } from "@farthing/ledger";
import fc from "fast-check";
import { expect, test } from "vitest";

test.each([
  ["100", "12.5", "87.5"],
  ["100", null, "100"],
  ["3.2", "100", "0"],
  ["80", "0.05", "79.96"],
  ["0.000000000001", "50", "0"],
  ["0.000000000003", "50", "0.000000000002"],
])("a list amount of $%s less %s percent is $%s", (list, percent, contract) => {
  expect(contractPrice(parseUsd(list), percent)).toBe(parseUsd(contract));
});

test("what is left is whole at any number of decimals", () => {
  expect(shareLeft("12.50")).toEqual({ left: 8750n, decimals: 4 });
});

test("a contract price is never above list, and off the exact one by half a picodollar at most", () => {
  const percents = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), percents, (list, hundredths) => {
      const contract = contractPrice(money(list), (hundredths / 100).toFixed(2));
      const off = contract * 10_000n - list * BigInt(10_000 - hundredths);
      expect(contract <= list).toBe(true);
      expect((off < 0n ? -off : off) <= 5_000n).toBe(true);
    }),
  );
});
