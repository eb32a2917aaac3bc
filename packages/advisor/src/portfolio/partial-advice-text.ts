import { createHash } from "node:crypto";
import { readPlain, writePlain } from "./plain-text.ts";
import type { PartialAdvice } from "./partial-advice.ts";

const FORMAT = "farthing partial advice 1";

/** A part of the advice as JSON, for another machine to merge. */
export function partialAdviceToText(part: PartialAdvice): string {
  const text = writePlain(part);
  return JSON.stringify({ format: FORMAT, sha256: digestOf(text), part: text });
}

/** @throws RangeError unless the text is, byte for byte, what this release wrote. */
export function partialAdviceFromText(text: string): PartialAdvice {
  const { format, sha256, part } = envelopeOf(text);
  if (format !== FORMAT) throw new RangeError(`this is no "${FORMAT}"; make the part again with this release`);
  if (typeof part !== "string" || digestOf(part) !== sha256) {
    throw new RangeError("the part is not as it was written, cut off or changed; make it, or copy it, again");
  }
  return readPlain(part) as PartialAdvice;
}

function envelopeOf(text: string): { readonly format?: unknown; readonly sha256?: unknown; readonly part?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch (error) {
    throw new RangeError("the part is not JSON, perhaps cut off; make it, or copy it, again", { cause: error });
  }
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
