import type { SegmentSurvey } from "./survey.ts";

/** Ids that need more than one line to be looked at, by their hashes. */
export interface SharedIds {
  /** Whether a segment that stays has a request of this id, or any saw it too late or has another event of it. */
  isKept(hash: number): boolean;
  /** Whether the segments to drop have several lines of this id. */
  isShared(hash: number): boolean;
}

/**
 * Finds the ids that several lines are about. Two ids can share a hash, and are then looked at more closely than they
 * need to be.
 */
export function findSharedIds(segments: readonly SegmentSurvey[], dropped: ReadonlySet<SegmentSurvey>): SharedIds {
  const inDropped = Float64Array.from([...dropped].flatMap(({ hashes }) => hashes)).sort();
  const repeated = new Set<number>();
  for (const [index, hash] of inDropped.entries()) if (inDropped[index + 1] === hash) repeated.add(hash);
  const keptToo = new Set<number>();
  for (const segment of segments) {
    const { hashes, laterHashes, otherHashes } = segment;
    const staying = dropped.has(segment) ? [otherHashes, laterHashes] : [otherHashes, laterHashes, hashes];
    for (const hash of staying.flat()) if (isAmong(inDropped, hash)) keptToo.add(hash);
  }
  return { isKept: (hash) => keptToo.has(hash), isShared: (hash) => repeated.has(hash) };
}

function isAmong(ascending: Float64Array, wanted: number): boolean {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === wanted;
}
