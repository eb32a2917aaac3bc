import type { LedgerKey, PromptFingerprint, RequestShape } from "@farthing/ledger";

/** What is kept of a prompt until its bill is known; null where nothing is. */
export type PromptDigest = null;

/** What is kept of a request's prompt: no text. */
export function digestPrompt(_body: unknown): PromptDigest {
  return null;
}

/** What was asked for, without its text. */
export function shapeOf(_body: unknown): RequestShape | null {
  return null;
}

/** The fingerprint of a prompt that was billed; null where there is none. */
export function fingerprintOf(
  _digest: PromptDigest,
  _key: LedgerKey,
  _billedPromptTokens: number | null,
): PromptFingerprint | null {
  return null;
}
