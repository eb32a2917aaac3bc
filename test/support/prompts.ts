import { createHash } from "node:crypto";
import type { PromptBlock, PromptFingerprint, RequestShape } from "@farthing/ledger";
import { NO_SHAPE } from "./builders.ts";

/** A block of a prompt: its text stands for its hash, and `tokens` for how long it is. */
export interface TextBlock extends Partial<Omit<PromptBlock, "hash">> {
  readonly text: string;
  readonly tokens: number;
}

/** A fingerprint of blocks, each a user's text unless it says otherwise. */
export function aPrompt(blocks: readonly TextBlock[], key = "key-1"): PromptFingerprint {
  return {
    key,
    blocks: blocks.map(({ text, ...block }) => ({
      section: "messages",
      kind: block.section === "tools" ? "tool" : block.section === "system" ? "text" : "user.text",
      hash: createHash("sha256").update(text).digest("hex").slice(0, 16),
      ...block,
    })),
  };
}

/** What a plain request asks for. */
export function aRequestShape(overrides: Partial<RequestShape> = {}): RequestShape {
  return { ...NO_SHAPE, maxTokens: 1024, stream: false, toolCount: 0, cacheBreakpoints: [], ...overrides };
}
