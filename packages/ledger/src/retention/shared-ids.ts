import { countBelow, HashList, isAmong } from "./hash-list.ts";
import type { SegmentSurvey } from "./survey.ts";

/** Hashes are whole numbers below it. */
const HASHES = 2 ** 53;
/** As many hashes are looked at together. */
const PART_HASHES = 1_048_576;

/** Those of the ids whose hashes lie in one range. */
interface Part {
  /** Hashes of the ids that only the segments to drop know, by several lines; ascending. */
  readonly repeated: Float64Array;
  /** How many lines there are of each. */
  readonly counts: Uint32Array;
  /** Hashes of the ids that stay; ascending. */
  readonly kept: Float64Array;
  /** How many repeated ids the parts before have. */
  readonly first: number;
}

/** Some of the ids that several lines are about, by their number: from `first` to before `end`. */
export interface SharedRange {
  readonly first: number;
  readonly end: number;
  /** How many lines there are of each. */
  readonly counts: Uint32Array;
}

/**
 * Ids that need more than one line to be looked at, by their hashes. Two ids can share a hash, and are then looked at more
 * closely than they need to be.
 *
 * Takes twelve bytes for an id that several lines are about, and eight for one that stays: no map, whose entries are
 * limited in number.
 */
export class SharedIds {
  readonly #parts: readonly Part[];

  constructor(segments: readonly SegmentSurvey[], dropped: ReadonlySet<SegmentSurvey>) {
    const inDropped = [...dropped].map(({ hashes }) => hashes);
    const staying = segments.flatMap((segment) => {
      const { hashes, laterHashes, otherHashes } = segment;
      return dropped.has(segment) ? [laterHashes, otherHashes] : [laterHashes, otherHashes, hashes];
    });
    const total = inDropped.reduce((sum, { length }) => sum + length, 0);
    const count = Math.max(1, Math.ceil(total / PART_HASHES));
    const parts: Part[] = [];
    let first = 0;
    for (let index = 0; index < count; index += 1) {
      const isOf = { index, count };
      const part = partOf(together(inDropped, isOf), together(staying, isOf));
      parts.push({ ...part, first });
      first += part.repeated.length;
    }
    this.#parts = parts;
  }

  /** Whether a segment that stays has a request of this id, or any saw it too late or has another event of it. */
  isKept(hash: number): boolean {
    return isAmong(this.#partOf(hash).kept, hash);
  }

  /** The number of an id that does not stay and of which the segments to drop have several lines; null of others. */
  numberOf(hash: number): number | null {
    const { repeated, first } = this.#partOf(hash);
    const index = countBelow(repeated, hash);
    return repeated[index] === hash ? first + index : null;
  }

  /** All of these ids, in ranges of so many lines at most, unless one id has more. One range is there in any case. */
  ranges(linesMax: number): readonly SharedRange[] {
    const ranges: SharedRange[] = [];
    let first = 0;
    let end = 0;
    let lines = 0;
    for (const { counts } of this.#parts) {
      for (const count of counts) {
        if (lines > 0 && lines + count > linesMax) {
          ranges.push(this.#range(first, end));
          first = end;
          lines = 0;
        }
        end += 1;
        lines += count;
      }
    }
    return [...ranges, this.#range(first, end)];
  }

  #range(first: number, end: number): SharedRange {
    const counts = new Uint32Array(end - first);
    for (const part of this.#parts) {
      const [from, to] = [Math.max(0, first - part.first), Math.max(0, end - part.first)];
      const some = part.counts.subarray(from, to);
      if (some.length > 0) counts.set(some, part.first + from - first);
    }
    return { first, end, counts };
  }

  #partOf(hash: number): Part {
    const part = this.#parts[Math.floor((hash / HASHES) * this.#parts.length)];
    if (part === undefined) throw new RangeError(`${String(hash)} is no hash of an id`);
    return part;
  }
}

/** What of some ascending hashes is in a range, of so many of the same width; ascending. */
function together(
  lists: readonly Float64Array[],
  { index, count }: { readonly index: number; readonly count: number },
): Float64Array {
  // As `#partOf` tells it: a product of the bounds may be rounded otherwise.
  const isBelow = (hash: number, part: number): boolean => Math.floor((hash / HASHES) * count) < part;
  const bound = (hashes: Float64Array, part: number): number => {
    let at = countBelow(hashes, (part / count) * HASHES);
    while (at > 0 && !isBelow(hashes[at - 1] ?? 0, part)) at -= 1;
    while (at < hashes.length && isBelow(hashes[at] ?? 0, part)) at += 1;
    return at;
  };
  const some = lists.map((hashes) => hashes.subarray(bound(hashes, index), bound(hashes, index + 1)));
  const all = new Float64Array(some.reduce((sum, { length }) => sum + length, 0));
  let length = 0;
  for (const each of some) {
    all.set(each, length);
    length += each.length;
  }
  return all.sort();
}

function partOf(inDropped: Float64Array, staying: Float64Array): Omit<Part, "first"> {
  const kept = new HashList();
  for (const [index, hash] of staying.entries())
    if (hash !== staying[index - 1] && isAmong(inDropped, hash)) kept.push(hash);
  const keptHashes = kept.sorted();
  const repeated = new HashList();
  const counts: number[] = [];
  for (let start = 0, end = 0; start < inDropped.length; start = end) {
    const hash = inDropped[start] ?? 0;
    while (inDropped[end] === hash) end += 1;
    if (end - start === 1 || isAmong(keptHashes, hash)) continue;
    repeated.push(hash);
    counts.push(end - start);
  }
  return { repeated: repeated.sorted(), counts: Uint32Array.from(counts), kept: keptHashes };
}
