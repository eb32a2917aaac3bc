import { money } from "@farthing/ledger";
import type { Analysis } from "./analysis.ts";

/** Stands for an amount, which JSON has no number for. */
const AMOUNT = "picodollars";

/** An analysis as text, from which `readAnalysis` makes an equal one. */
export function writeAnalysis(analysis: Analysis): string {
  return JSON.stringify(analysis, (_, value: unknown) =>
    typeof value === "bigint" ? { [AMOUNT]: value.toString() } : value,
  );
}

/** Reads what `writeAnalysis` wrote in this release; what became of the text since is for the caller to have checked. */
export function readAnalysis(text: string): Analysis {
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === "object" && value !== null && AMOUNT in value ? money(BigInt(String(value[AMOUNT]))) : value,
  ) as Analysis;
}
