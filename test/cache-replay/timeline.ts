import { PromptCache, type Breakpoint, type PromptBill, type PromptRequest } from "@farthing/advisor";

export const SECOND = 1000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;

/** What a request costs, in the order of the bill: read, 1h write, 5m write, uncached. */
export type Billed = readonly [read: number, write1h: number, write5m: number, uncached: number];

/** A request of a timeline, as far as it is not usual. */
export type Terms = Partial<Omit<PromptRequest, "blocks" | "breakpoints">>;

/**
 * Cache timelines in short: each block is a name and its tokens, such as `S:3000`, then `@5m` or `@1h` for a breakpoint on
 * it and `x18` where it stands for so many blocks. Equal names up to a block are equal prompts up to there.
 *
 * Unless told otherwise a request is answered at once, of one scope, and of a model that caches from 1,024 tokens.
 */
export class Timeline {
  readonly #cache = new PromptCache();
  readonly #numbers = new Map<string, number>();

  send(startedAt: number, prompt: string, terms: Terms = {}): Billed {
    return billed(this.#cache.request(this.requestOf(startedAt, prompt, terms)));
  }

  requestOf(startedAt: number, prompt: string, terms: Terms = {}): PromptRequest {
    const blocks = prompt.split(" ").map(blockOf);
    const prefixes = new Uint32Array(blocks.length);
    const ends = new Uint32Array(blocks.length);
    const breakpoints: Breakpoint[] = [];
    let name = "";
    let end = 0;
    for (const [index, block] of blocks.entries()) {
      name += ` ${block.name}`;
      end += block.tokens;
      prefixes[index] = this.#numberOf(name);
      ends[index] = end;
      if (block.ttl !== null) breakpoints.push({ block: index, ttl: block.ttl });
    }
    return {
      startedAt,
      readableAt: startedAt,
      scope: "workspace, model and speed",
      minimumTokens: 1024,
      scale: 1,
      ...terms,
      blocks: { prefixes, ends, runs: Uint32Array.from(blocks, ({ run }) => run) },
      breakpoints,
    };
  }

  #numberOf(name: string): number {
    const number = this.#numbers.get(name) ?? this.#numbers.size + 1;
    this.#numbers.set(name, number);
    return number;
  }
}

const BLOCK = /^([A-Za-z0-9]+):(\d+)(?:x(\d+))?(?:@(5m|1h))?$/;

function blockOf(text: string): { name: string; tokens: number; ttl: "5m" | "1h" | null; run: number } {
  const [, name = "", tokens = "", run = "1", ttl] = BLOCK.exec(text) ?? [];
  if (name === "") throw new Error(`no block: ${text}`);
  return { name, tokens: Number(tokens), ttl: ttl === "5m" || ttl === "1h" ? ttl : null, run: Number(run) };
}

function billed({ cacheRead, cacheWrite1h, cacheWrite5m, uncachedInput }: PromptBill): Billed {
  return [cacheRead, cacheWrite1h, cacheWrite5m, uncachedInput];
}
