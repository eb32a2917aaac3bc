/** One block of a prompt, without its text: what has to be equal for a cache to serve it. */
export interface PromptBlock {
  readonly section: "tools" | "system" | "messages";
  /** What the block is, such as `text`, `image`, `tool_use`; with the role in front in messages, such as `user.text`. */
  readonly kind: string;
  /** Keyed 64-bit hash of the block alone, 16 lower-case hexadecimal digits. */
  readonly hash: string;
  /** Estimated, and scaled so that a whole prompt sums to what was billed. */
  readonly tokens: number;
  /** Lifetime asked for by `cache_control` on this block; absent where there is none. */
  readonly ttl?: "5m" | "1h";
}

/** A run of blocks in the middle of a long prompt, of which only the sum was kept. */
export interface OmittedBlocks {
  readonly kind: "omitted";
  /** Cumulative hash at the run's last block; see `prompt-nodes.ts`. */
  readonly hash: string;
  readonly blocks: number;
  readonly tokens: number;
}

/** A prompt as a chain of hashed blocks, in the order tools, system, messages. */
export interface PromptFingerprint {
  /** Id of the key the hashes were made with: hashes under different keys must not be compared. */
  readonly key: string;
  readonly blocks: readonly (PromptBlock | OmittedBlocks)[];
}
