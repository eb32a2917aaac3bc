import { readPlain, writePlain } from "../portfolio/plain-text.ts";
import type { Analysis } from "./analysis.ts";

/** An analysis as text, from which `readAnalysis` makes an equal one. */
export function writeAnalysis(analysis: Analysis): string {
  return writePlain(analysis);
}

/** Reads what `writeAnalysis` wrote in this release; what became of the text since is for the caller to have checked. */
export function readAnalysis(text: string): Analysis {
  return readPlain(text) as Analysis;
}
