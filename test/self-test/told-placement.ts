import type { TrueBlock, TrueBreakpoint, TrueRequest } from "./true-request.ts";

type Lifetime = TrueBreakpoint["ttl"];

/** Where a title says which places are cached: `cache: tools + system for 1h`, or `start caching: newest message`. */
const PLACES = /\b(?:cache|caching): ([^;]+)/;

/**
 * A request with breakpoints where a title says, each for 5m or 1h, and nowhere else; as it is where it says nothing of
 * places.
 */
export function withToldBreakpoints(
  request: TrueRequest,
  words: { readonly title: string; readonly change: string },
): TrueRequest {
  const places = PLACES.exec(words.title)?.[1];
  if (places === undefined) return request;
  const marks = new Map<number, Lifetime>();
  for (const part of places.split(" + ")) {
    const block = blockOf(request.blocks, part.replace(/ for 1h$/, ""), words.change);
    if (block !== null && !marks.has(block)) marks.set(block, part.endsWith(" for 1h") ? "1h" : "5m");
  }
  const breakpoints = [...marks].map(([block, ttl]) => ({ block, ttl })).sort((a, b) => a.block - b.block);
  return { ...request, breakpoints };
}

/**
 * The block that words name; null where this prompt has none of the kind.
 *
 * @throws Error for words that name no place.
 */
function blockOf(blocks: readonly TrueBlock[], name: string, change: string): number | null {
  const place = {
    tools: blocks.findLastIndex(({ section }) => section === "tools"),
    system: blocks.findLastIndex(({ section }) => section === "system"),
    // What was moved behind the messages because it changes is not one of them.
    "newest message": blocks.findLastIndex(({ role }) => role !== "volatile"),
    "shared messages": sharedBlock(blocks, change),
  }[name];
  if (place === undefined) throw new Error(`"${name}" names no place for a breakpoint`);
  return place < 0 ? null : place;
}

/** `on the 2nd block of the messages`, or `on the 3rd block before the last one`. */
function sharedBlock(blocks: readonly TrueBlock[], change: string): number {
  const front = blocks.filter(({ section }) => section !== "messages").length;
  const fromStart = /on the (\d+)\w\w block of the messages/.exec(change);
  const fromEnd = /on the (?:(\d+)\w\w )?block before the last one/.exec(change);
  const place =
    fromStart === null
      ? fromEnd === null
        ? -1
        : blocks.length - 1 - Number(fromEnd[1] ?? 1)
      : front + Number(fromStart[1]) - 1;
  return place < front || place >= blocks.length ? -1 : place;
}
