import type { TrueBlock, TrueBreakpoint, TrueRequest } from "./true-request.ts";

/** The same request with other lengths of its blocks. */
export function withTokens(request: TrueRequest, factorOf: (block: TrueBlock) => number): TrueRequest {
  const blocks = request.blocks.map((block) => {
    const factor = factorOf(block);
    return factor === 1 ? block : { ...block, tokens: Math.max(1, Math.round(block.tokens * factor)) };
  });
  return { ...request, blocks };
}

/** The same request without some blocks. What was marked is then marked at the block before. */
export function withoutBlocks(request: TrueRequest, isLeftOut: (block: TrueBlock) => boolean): TrueRequest {
  return withBlocks(
    request,
    request.blocks.filter((block) => !isLeftOut(block)),
  );
}

/** What changes goes behind what does not, and tools come in the same order every time. */
export function withStablePrefix(request: TrueRequest): TrueRequest {
  const isVolatile = ({ role }: TrueBlock): boolean => role === "volatile";
  const tools = request.blocks.filter(({ section }) => section === "tools").sort((a, b) => (a.id < b.id ? -1 : 1));
  const rest = request.blocks.filter((block) => block.section !== "tools" && !isVolatile(block));
  const behind = request.blocks
    .filter(isVolatile)
    .map((block): TrueBlock => ({ ...block, section: "messages", kind: "user.text" }));
  return { ...withBlocks(request, [...tools, ...rest]), blocks: [...tools, ...rest, ...behind] };
}

/** Other blocks in the place of a request's own, of as many of which as are still there the marks are kept. */
function withBlocks(request: TrueRequest, blocks: readonly TrueBlock[]): TrueRequest {
  const kept = new Set(blocks);
  const marks = new Map<number, TrueBreakpoint>();
  for (const { block, ttl } of request.breakpoints) {
    const before = request.blocks.slice(0, block + 1).filter((each) => kept.has(each)).length;
    if (before > 0) marks.set(before - 1, { block: before - 1, ttl });
  }
  return { ...request, blocks, breakpoints: [...marks.values()] };
}
