import { money } from "@farthing/ledger";

/** Stands for an amount, which JSON has no number for. */
const AMOUNT = "picodollars";

/** Text, numbers, amounts, lists and records as JSON, from which `readPlain` makes equal ones. */
export function writePlain(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? { [AMOUNT]: each.toString() } : each));
}

/** Reads what `writePlain` wrote; what became of the text since is for the caller to have checked. */
export function readPlain(text: string): unknown {
  return JSON.parse(text, (_, each: unknown) =>
    typeof each === "object" && each !== null && AMOUNT in each ? money(BigInt(String(each[AMOUNT]))) : each,
  );
}
