import { hash } from "node:crypto";
import { encodeBlock } from "./encode-block.ts";
import { hasLeaves, leavesOf } from "./leaves.ts";
import { NO_MEDIA, type TokensByGeneration } from "./media-tokens.ts";
import { textDigest } from "./text-digest.ts";

/** A block of a prompt without its text, and without a key: it must not leave the process. */
export interface BlockDigest {
  /** The API's name for what it is, such as `text` or `tool_result`; empty where it has none. */
  readonly type: string;
  /** 32 hexadecimal digits, equal where all but `cache_control` is. */
  readonly digest: string;
  /** About as many bytes of UTF-8 as a model reads of it. */
  readonly bytes: number;
  readonly mediaTokens: TokensByGeneration;
  /** Lifetime asked for by `cache_control` on it. */
  readonly ttl: "5m" | "1h" | null;
  /** Its hash under the key it was last asked for with. */
  keyed: { readonly by: object; readonly hash: string } | null;
}

type Lifetime = BlockDigest["ttl"];

interface SeenText {
  readonly text: string;
  readonly digest: BlockDigest;
}

interface SeenBlock {
  readonly leaves: readonly unknown[];
  readonly digest: BlockDigest;
}

// As long as its own object lives, a block is compared with what it was, which takes a fraction of hashing it.
const seenTexts = new WeakMap<object, SeenText>();
const seenBlocks = new WeakMap<object, SeenBlock>();

/** The API's names: nothing else may pass as one, so that no text does. */
const TYPE = /^[a-z][a-z0-9_]{0,63}$/;
const knownTypes = new Set<string>();
const TYPES_MAX = 128;

/**
 * The digest of a block.
 *
 * @throws TypeError or RangeError for what cannot be JSON or sent; and whatever a getter of it throws.
 */
export function blockDigest(block: object): BlockDigest {
  const text = plainText(block);
  const lifetime = lifetimeOf((block as { readonly cache_control?: unknown }).cache_control);
  if (text !== null) return textBlockDigest(block, text, lifetime);
  const before = seenBlocks.get(block);
  if (before !== undefined && hasLeaves(block, before.leaves)) return before.digest;
  const leaves = leavesOf(block);
  const encoded = encodeBlock(block);
  const { type } = block as { readonly type?: unknown };
  const digest: BlockDigest = {
    type: typeOf(type),
    // The other half than that of a text, so that no text has the digest of another block.
    digest: hash("sha256", encoded.json, "hex").slice(32),
    bytes: encoded.bytes,
    mediaTokens: encoded.mediaTokens,
    ttl: lifetime,
    keyed: null,
  };
  if (leaves === null) seenBlocks.delete(block);
  else seenBlocks.set(block, { leaves, digest });
  return digest;
}

/** The digest of a text as the block it stands for. `holder` is the object it is in, where there is one. */
export function textBlockDigest(holder: object | null, text: string, ttl: Lifetime): BlockDigest {
  const before = holder === null ? undefined : seenTexts.get(holder);
  if (before?.text === text && before.digest.ttl === ttl) return before.digest;
  const { digest: own, bytes } = textDigest(text);
  const digest: BlockDigest = { type: "text", digest: own, bytes, mediaTokens: NO_MEDIA, ttl, keyed: null };
  if (holder !== null) seenTexts.set(holder, { text, digest });
  return digest;
}

function typeOf(type: unknown): string {
  if (typeof type !== "string") return "";
  if (knownTypes.has(type)) return type;
  if (!TYPE.test(type)) return "";
  if (knownTypes.size < TYPES_MAX) knownTypes.add(type);
  return type;
}

/** How long `cache_control` keeps what it is on; null where it is absent. */
export function lifetimeOf(cacheControl: unknown): Lifetime {
  if (typeof cacheControl !== "object" || cacheControl === null) return null;
  return (cacheControl as { readonly ttl?: unknown }).ttl === "1h" ? "1h" : "5m";
}

/** The text of a block that says no more than a text in its place would; null for any other. */
function plainText(block: object): string | null {
  const { type, text } = block as Readonly<Record<string, unknown>>;
  if (type !== "text" || typeof text !== "string") return null;
  for (const name of Object.keys(block)) {
    const isKnown = name === "text" || name === "type" || name === "cache_control";
    if (!isKnown && ((block as Readonly<Record<string, unknown>>)[name] ?? null) !== null) return null;
  }
  return text;
}
