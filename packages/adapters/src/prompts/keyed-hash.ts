import { createHash, hash, type KeyObject } from "node:crypto";
import type { LedgerKey } from "@farthing/ledger";
import type { BlockDigest } from "./block-digest.ts";

/** Makes the hashes of one key. */
export interface KeyedHashes {
  /** The first 64 bits of HMAC-SHA256 of a block's digest under the key, as 16 hexadecimal digits. */
  hashOf(block: BlockDigest): string;
}

const BLOCK_BYTES = 64;
const DIGEST_DIGITS = 32;
const SHA256_BYTES = 32;
const HASH_DIGITS = 16;

const byKey = new WeakMap<KeyObject, KeyedHashes>();

export function keyedHashes({ secret }: LedgerKey): KeyedHashes {
  const held = byKey.get(secret);
  if (held !== undefined) return held;
  const hmac = hmacOf(secret);
  const hashes: KeyedHashes = {
    hashOf: (block) => {
      if (block.keyed?.by === hashes) return block.keyed.hash;
      const hash = hmac(block.digest).slice(0, HASH_DIGITS);
      block.keyed = { by: hashes, hash };
      return hash;
    },
  };
  byKey.set(secret, hashes);
  return hashes;
}

/** HMAC as RFC 2104 puts it together, of two hashes made at once: half the time that an object for each takes. */
function hmacOf(secret: KeyObject): (digest: string) => string {
  const exported = secret.export();
  const key = exported.length > BLOCK_BYTES ? createHash("sha256").update(exported).digest() : exported;
  const inner = Buffer.alloc(BLOCK_BYTES + DIGEST_DIGITS, 0x36);
  const outer = Buffer.alloc(BLOCK_BYTES + SHA256_BYTES, 0x5c);
  for (const [index, byte] of key.entries()) {
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  return (digest) => {
    inner.write(digest, BLOCK_BYTES, "latin1");
    outer.write(hash("sha256", inner, "binary"), BLOCK_BYTES, "latin1");
    return hash("sha256", outer, "hex");
  };
}
