import { createSecretKey, hash, type KeyObject } from "node:crypto";
import { InvalidKeyError } from "../errors.ts";

/** The secret that a ledger's tokens are made with. Printed or written as JSON it shows only its id. */
export interface LedgerKey {
  /** Names the key wherever it was used; eight hexadecimal digits, from which the key cannot be found. */
  readonly id: string;
  readonly secret: KeyObject;
}

const KEY_TEXT = /^[0-9a-f]{64}$/i;

/**
 * Reads a key as `formatKey` writes it: 64 hexadecimal digits; white space around them is left out.
 *
 * @throws InvalidKeyError for any other text, which it does not repeat.
 */
export function parseKey(text: string): LedgerKey {
  const digits = text.trim();
  if (!KEY_TEXT.test(digits)) throw new InvalidKeyError();
  const bytes = Buffer.from(digits, "hex");
  const id = hash("sha256", Buffer.concat([Buffer.from("farthing-key-id\0"), bytes]), "hex").slice(0, 8);
  return { id, secret: createSecretKey(bytes) };
}

/** 32 random bytes as the text of a key. */
export function formatKey(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
