import { parseKey, type LedgerKey, type PromptFingerprint } from "@farthing/ledger";
import { digestPrompt, fingerprintOf } from "../../packages/adapters/src/prompts/index.ts";

export const KEY: LedgerKey = parseKey("0f".repeat(32));

/** The fingerprint of a request that has a prompt. */
export function fingerprint(body: unknown, key: LedgerKey = KEY, billed: number | null = null): PromptFingerprint {
  const digest = digestPrompt(body);
  if (digest === null) throw new Error("the request has no prompt");
  return fingerprintOf(digest, key, billed);
}

/** The hashes of a prompt's blocks. */
export function hashes(body: unknown, key: LedgerKey = KEY): string[] {
  return fingerprint(body, key).blocks.map(({ hash }) => hash);
}

/** What a prompt's blocks are, as `section kind`. */
export function kinds(body: unknown): string[] {
  return fingerprint(body).blocks.map((block) => ("section" in block ? `${block.section} ${block.kind}` : block.kind));
}

/** The hash of the one block of a user's message. */
export function hashOfBlock(block: object): string {
  const [hash = ""] = hashes({ messages: [{ role: "user", content: [block] }] });
  return hash;
}
