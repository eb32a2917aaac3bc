import { NEARLY_ALL_SHARE, RESPONSES_MIN } from "../thresholds.ts";

/** Requests that carry a change, by their places: from the first, inclusive, until the one after the last. */
export interface Stretch {
  readonly from: number;
  readonly until: number;
}

/**
 * Finds the place from which on requests carry a change: nearly all do that did not before, and so many that it is no
 * chance. Null where there is none.
 *
 * It is the end of the list that stands out most, where a request without the change weighs as much against it as those
 * with it that may come for each such request. A change that is taken back is no longer applied.
 *
 * @param carries In order of time.
 * @param shareWithout How many of the requests did not carry it before, from 0 to 1.
 */
export function appliedSince(carries: readonly boolean[], shareWithout: number): number | null {
  const weight = weightOf(shareWithout);
  if (weight === null) return null;
  let sum = 0;
  let best = 0;
  let place = carries.length;
  for (let index = carries.length - 1; index >= 0; index -= 1) {
    sum += carries[index] === true ? 1 : -weight;
    if (sum <= best) continue;
    best = sum;
    place = index;
  }
  return isEnough(carries.length - place, shareWithout) ? place : null;
}

/** The same of a change that was taken back: the stretch that stands out most. */
export function appliedOnce(carries: readonly boolean[], shareWithout: number): Stretch | null {
  const weight = weightOf(shareWithout);
  if (weight === null) return null;
  let [sum, from, best]: [number, number, number] = [0, 0, 0];
  let stretch: Stretch = { from: 0, until: 0 };
  for (const [index, carried] of carries.entries()) {
    if (sum <= 0) [sum, from] = [0, index];
    sum += carried ? 1 : -weight;
    if (sum > best) [best, stretch] = [sum, { from, until: index + 1 }];
  }
  return isEnough(stretch.until - stretch.from, shareWithout) ? stretch : null;
}

/** How many requests with a change stand for one without it; null where all carried it before. */
function weightOf(shareWithout: number): number | null {
  const allowed = shareWithout * (1 - NEARLY_ALL_SHARE);
  return allowed <= 0 ? null : (1 - allowed) / allowed;
}

function isEnough(requests: number, shareWithout: number): boolean {
  return requests * shareWithout >= RESPONSES_MIN;
}
