import type { PromptBlock } from "@farthing/ledger";
import { blockDigest, lifetimeOf, textBlockDigest, type BlockDigest } from "./block-digest.ts";
import { blockTokens, countingOf, messageTokens, type Counting } from "./token-rule.ts";

/** One block of a prompt: where it is, what it is, and its digest without a key. */
export interface DigestedBlock extends Pick<PromptBlock, "section" | "kind" | "tokens"> {
  readonly digest: string;
  readonly ttl: "5m" | "1h" | null;
}

/**
 * A prompt without its text, taken when the request goes out and kept until its answer is there.
 *
 * Its digests are made without a key, so that a guessed text could be recognised by them: it must not leave the process.
 */
export interface PromptDigest {
  readonly blocks: readonly DigestedBlock[];
  /** About as many bytes of UTF-8 as a model reads; null where it also has images or documents. */
  readonly textBytes: number | null;
}

/** A prompt of more blocks than this is left without a fingerprint. */
const BLOCKS_MAX = 20_000;

/** What of the body of a request this looks at. */
type Body = Readonly<Record<string, unknown>>;

/**
 * The blocks of a request's prompt, in the order in which a cache sees them. Null where there are none, or they are
 * nothing that can be sent. Never throws, and holds on to no text; see `text-digest.ts` for what is remembered.
 *
 * @param body The request as its parameters say it.
 */
export function digestPrompt(body: unknown): PromptDigest | null {
  if (typeof body !== "object" || body === null) return null;
  try {
    const prompt = new PromptReader(countingOf((body as Body)["model"]));
    prompt.read(body as Body);
    return prompt.digest();
  } catch {
    // A getter, a proxy or a block that is too deep: the request may still be sent, or fail by itself.
    return null;
  }
}

class PromptReader {
  readonly #counting: Counting;
  readonly #blocks: DigestedBlock[] = [];
  #textBytes = 0;
  #hasMedia = false;

  constructor(counting: Counting) {
    this.#counting = counting;
  }

  digest(): PromptDigest | null {
    if (this.#blocks.length === 0) return null;
    return { blocks: this.#blocks, textBytes: this.#hasMedia ? null : this.#textBytes };
  }

  read(body: Body): void {
    const format = outputFormat(body);
    if (format !== null) this.#add("tools", "output_format", blockDigest(format));
    for (const tool of listOf(body["tools"])) this.#addTool(tool);
    this.#addContent("system", "", body["system"], null, 0);
    for (const message of listOf(body["messages"])) {
      const { role, content } = message as { readonly role?: unknown; readonly content?: unknown };
      this.#addContent("messages", `${roleOf(role)}.`, content, message, messageTokens);
    }
    this.#markLast(lifetimeOf(body["cache_control"]));
  }

  #addTool(tool: object): void {
    const digest = blockDigest(tool);
    this.#add("tools", digest.type === "" || digest.type === "custom" ? "tool" : digest.type, digest);
  }

  /** A text, which is one block, or a list of blocks. */
  #addContent(
    section: "system" | "messages",
    prefix: string,
    content: unknown,
    holder: object | null,
    around: number,
  ): void {
    if (typeof content === "string") {
      this.#add(section, `${prefix}text`, textBlockDigest(holder, content, null), around);
      return;
    }
    for (const [index, block] of listOf(content).entries()) {
      const digest = blockDigest(block);
      this.#add(section, `${prefix}${digest.type === "" ? "other" : digest.type}`, digest, index === 0 ? around : 0);
    }
  }

  #add(section: PromptBlock["section"], kind: string, block: BlockDigest, around = 0): void {
    if (this.#blocks.length >= BLOCKS_MAX) throw new RangeError("too many blocks");
    this.#textBytes += block.bytes;
    this.#hasMedia ||= block.mediaTokens[1] > 0;
    const tokens = blockTokens(block, this.#counting) + around;
    this.#blocks.push({ section, kind, digest: block.digest, tokens, ttl: block.ttl });
  }

  /** Automatic caching marks the last block that can be cached, unless that is marked already. */
  #markLast(ttl: DigestedBlock["ttl"]): void {
    if (ttl === null) return;
    const index = this.#blocks.findLastIndex(({ kind }) => !UNCACHEABLE.test(kind));
    const last = this.#blocks[index];
    if (last !== undefined) this.#blocks[index] = { ...last, ttl: last.ttl ?? ttl };
  }
}

/** Thinking cannot be marked. Source: platform.claude.com, prompt caching, what cannot be cached; read 2026-11-22. */
const UNCACHEABLE = /\.(?:redacted_)?thinking$|^output_format$/;

/** The form the answer must have: it is put in front of the prompt, so that another one is another prefix. */
function outputFormat(body: Body): object | null {
  const { output_config: config, output_format: older } = body;
  const format = typeof config === "object" && config !== null ? (config as Body)["format"] : null;
  const asked = format ?? older;
  return typeof asked === "object" ? (asked ?? null) : null;
}

function roleOf(role: unknown): string {
  return role === "user" || role === "assistant" || role === "system" ? role : "other";
}

function listOf(value: unknown): readonly object[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is object => typeof item === "object" && item !== null);
}
