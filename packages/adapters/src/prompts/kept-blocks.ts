import type { DigestedBlock } from "./prompt-digest.ts";

/** A part of a prompt as a fingerprint says it: one block, or a run of which only the sum is kept. */
export interface KeptRun {
  /** Index of its first block, and the one after its last. */
  readonly from: number;
  readonly to: number;
  readonly isOmitted: boolean;
}

/** Design 6: what is at the end changes from one request to the next. */
const NEWEST_KEPT = 40;
/** The API takes four breakpoints. */
const BREAKPOINTS_KEPT = 8;
/** Tools and system blocks are all kept, up to more than anyone has. */
const FRONT_KEPT = 1_000;

/** Which blocks of a prompt a fingerprint keeps, in order; each run of the others is one. */
export function keptRuns(blocks: readonly DigestedBlock[]): readonly KeptRun[] {
  const newest = blocks.length - NEWEST_KEPT;
  if (newest <= 0) return blocks.map((_, index) => ({ from: index, to: index + 1, isOmitted: false }));
  const marked = new Set(blocks.flatMap(({ ttl }, index) => (ttl === null ? [] : [index])).slice(-BREAKPOINTS_KEPT));
  const runs: KeptRun[] = [];
  let from = 0;
  for (const [index, { section }] of blocks.entries()) {
    const isFront = section !== "messages" && index < FRONT_KEPT;
    if (!isFront && index < newest && !marked.has(index)) continue;
    if (from < index) runs.push({ from, to: index, isOmitted: true });
    runs.push({ from: index, to: index + 1, isOmitted: false });
    from = index + 1;
  }
  return runs;
}
