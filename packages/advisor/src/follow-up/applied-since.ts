import { NEARLY_ALL_SHARE, RESPONSES_MIN } from "../thresholds.ts";

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
  const allowed = shareWithout * (1 - NEARLY_ALL_SHARE);
  if (allowed <= 0) return null;
  const weight = (1 - allowed) / allowed;
  let sum = 0;
  let best = 0;
  let place = carries.length;
  for (let index = carries.length - 1; index >= 0; index -= 1) {
    sum += carries[index] === true ? 1 : -weight;
    if (sum <= best) continue;
    best = sum;
    place = index;
  }
  return (carries.length - place) * shareWithout < RESPONSES_MIN ? null : place;
}
