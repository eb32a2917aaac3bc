import type { PromptBlock } from "@farthing/ledger";
import { blockDigest, lifetimeOf, textBlockDigest, type BlockDigest } from "./block-digest.ts";
import {
  blockTokens,
  countingOf,
  FORCED_TOOL_TOKENS,
  formatTokens,
  REQUEST_TOKENS,
  toolTokens,
  type Counting,
} from "./token-rule.ts";

/** One block of a prompt: where it is, what it is, and its digest without a key. */
export interface DigestedBlock extends Pick<PromptBlock, "section" | "kind" | "tokens"> {
  readonly block: BlockDigest;
  readonly ttl: "5m" | "1h" | null;
}

/**
 * A prompt without its text, taken when the request goes out and kept until its answer is there.
 *
 * Its digests are made without a key, so that a guessed text could be recognised by them: it must not leave the process.
 */
export interface PromptDigest {
  readonly blocks: readonly DigestedBlock[];
  /** About as many bytes of UTF-8 as a model reads, and tokens of images and documents beside them. */
  readonly textBytes: number;
  readonly mediaTokens: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** A prompt of more blocks than this is left without a fingerprint. */
const BLOCKS_MAX = 20_000;
/** Neither can be marked. Source: `@anthropic-ai/sdk` 1.12, whose thinking blocks have no `cache_control`. */
const UNCACHEABLE = /thinking$|^output_format$/;

/**
 * The blocks of a request's prompt, in the order in which a cache sees them.
 *
 * Null where there are none, or they are nothing that can be sent. Never throws, and changes nothing. The text is not in
 * it; `text-digest.ts` says what of it is remembered.
 *
 * @param body The request as its parameters say it.
 */
export function digestPrompt(body: unknown): PromptDigest | null {
  try {
    if (!isFields(body)) return null;
    const prompt = new PromptReader(countingOf(body["model"]));
    prompt.read(body);
    return prompt.digest();
  } catch {
    // Too deep, too large, not JSON, or a getter throws: what becomes of the request is the client's to say.
    return null;
  }
}

class PromptReader {
  readonly #counting: Counting;
  readonly #blocks: DigestedBlock[] = [];
  /** Tokens that belong to the next block. */
  #around: number = REQUEST_TOKENS;
  #textBytes = 0;
  #mediaTokens = 0;

  constructor(counting: Counting) {
    this.#counting = counting;
  }

  digest(): PromptDigest | null {
    if (this.#blocks.length === 0) return null;
    return { blocks: this.#blocks, textBytes: this.#textBytes, mediaTokens: this.#mediaTokens };
  }

  read(body: Fields): void {
    const format = outputFormat(body);
    if (format !== null) this.#addFormat(format);
    this.#addTools(listOf(body["tools"]), body["tool_choice"]);
    this.#addContent("system", SYSTEM, body["system"], null);
    if (isThinking(body["thinking"])) this.#around += this.#counting.thinkingTokens;
    this.#addMessages(listOf(body["messages"]));
    this.#markLast(lifetimeOf(body["cache_control"]));
  }

  #addFormat(format: object): void {
    const digest = blockDigest(format);
    this.#add("tools", "output_format", digest, formatTokens(digest, this.#counting));
  }

  #addTools(tools: readonly unknown[], choice: unknown): void {
    let isFirst = true;
    for (const tool of tools) {
      // A tool that is loaded when it is searched for is not in the prompt before.
      if (!isFields(tool) || tool["defer_loading"] === true) continue;
      if (isFirst) this.#around += this.#counting.toolUseTokens + (isForced(choice) ? FORCED_TOOL_TOKENS : 0);
      isFirst = false;
      const digest = blockDigest(tool);
      const { type } = digest;
      const kind = type === "" || type === "custom" ? "tool" : type;
      this.#add("tools", kind, digest, toolTokens(digest, this.#counting));
    }
  }

  #addMessages(messages: readonly unknown[]): void {
    const turn = this.#counting.keepsThinking ? 0 : lastTurn(messages);
    for (let index = 0; index < messages.length; index += 1) {
      const message = messages[index];
      if (!isFields(message)) continue;
      this.#around += this.#counting.messageTokens;
      // What is new is looked at once, and remembering it takes longer than that: when it comes again, others follow it.
      const isNewest = index === messages.length - 1;
      this.#addContent(
        "messages",
        kindsOf(message["role"]),
        message["content"],
        isNewest ? null : message,
        index < turn,
      );
    }
  }

  /** A text, which is one block, or a list of blocks. */
  #addContent(
    section: "system" | "messages",
    kinds: Kinds,
    content: unknown,
    holder: object | null,
    dropsThinking = false,
  ): void {
    if (typeof content === "string") {
      const digest = textBlockDigest(holder, content, null);
      this.#add(section, kinds.of("text"), digest, blockTokens(digest, this.#counting));
      return;
    }
    for (const block of listOf(content)) {
      if (!isFields(block)) continue;
      const digest = blockDigest(block);
      const isDropped = dropsThinking && digest.type.endsWith("thinking");
      this.#add(section, kinds.of(digest.type), digest, isDropped ? 0 : blockTokens(digest, this.#counting));
    }
  }

  #add(section: PromptBlock["section"], kind: string, block: BlockDigest, tokens: number): void {
    if (this.#blocks.length >= BLOCKS_MAX) throw new RangeError("more blocks than are looked at");
    this.#textBytes += block.bytes;
    this.#mediaTokens += block.mediaTokens[this.#counting.tokenizer];
    this.#blocks.push({ section, kind, tokens: tokens + this.#around, block, ttl: block.ttl });
    this.#around = 0;
  }

  /** Automatic caching marks the last block that can be, unless that is marked already. */
  #markLast(ttl: DigestedBlock["ttl"]): void {
    if (ttl === null) return;
    const index = this.#blocks.findLastIndex(({ kind }) => !UNCACHEABLE.test(kind));
    const last = this.#blocks[index];
    if (last !== undefined) this.#blocks[index] = { ...last, ttl: last.ttl ?? ttl };
  }
}

/** The names of kinds of blocks by their types, each made once. */
class Kinds {
  readonly #prefix: string;
  readonly #names = new Map<string, string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  of(type: string): string {
    const held = this.#names.get(type);
    if (held !== undefined) return held;
    const name = `${this.#prefix}${type === "" ? "other" : type}`;
    if (this.#names.size < KINDS_MAX) this.#names.set(type, name);
    return name;
  }
}

const KINDS_MAX = 128;
const SYSTEM = new Kinds("");
const ROLES = { user: new Kinds("user."), assistant: new Kinds("assistant."), system: new Kinds("system.") } as const;
const OTHERS = new Kinds("other.");

function kindsOf(role: unknown): Kinds {
  return role === "user" || role === "assistant" || role === "system" ? ROLES[role] : OTHERS;
}

/** Index of the last message in which a user says something, instead of giving back what a tool said. */
function lastTurn(messages: readonly unknown[]): number {
  return messages.findLastIndex((message) => {
    if (!isFields(message) || message["role"] !== "user") return false;
    const { content } = message;
    return (
      typeof content === "string" || listOf(content).some((block) => isFields(block) && block["type"] !== "tool_result")
    );
  });
}

/** The form the answer must have: it is put before the prompt, so that with another one nothing cached is found. */
function outputFormat(body: Fields): object | null {
  const { output_config: config, output_format: older } = body;
  const format = (isFields(config) ? config["format"] : null) ?? older;
  return isFields(format) ? format : null;
}

function isThinking(thinking: unknown): boolean {
  return isFields(thinking) && thinking["type"] !== "disabled";
}

function isForced(choice: unknown): boolean {
  return isFields(choice) && (choice["type"] === "any" || choice["type"] === "tool");
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
