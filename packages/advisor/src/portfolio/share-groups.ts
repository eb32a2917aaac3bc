/** One of several equal parts of some work: the `number`th, from 0, of `of`. */
export interface Share {
  readonly number: number;
  readonly of: number;
}

/**
 * The groups of a share, in order. The shares of one division hold each group once, and everybody who knows the sizes
 * divides alike.
 *
 * The largest group first, to whoever has least, so that shares come to about as much. A group is never divided.
 *
 * @param sizes By group, how much there is to replay.
 * @throws RangeError for a share that is none of its division.
 */
export function groupsOfShare(sizes: readonly number[], { number, of }: Share): readonly number[] {
  if (!Number.isSafeInteger(of) || !Number.isSafeInteger(number) || number < 0 || number >= of) {
    throw new RangeError(`there is no share ${String(number)} of ${String(of)}, counted from 0`);
  }
  const largestFirst = [...sizes.keys()].sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b);
  const loads = Array.from({ length: Math.min(of, sizes.length) }, () => 0);
  const own: number[] = [];
  for (const group of largestFirst) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least] = (loads[least] ?? 0) + (sizes[group] ?? 0);
    if (least === number) own.push(group);
  }
  return own.sort((a, b) => a - b);
}
