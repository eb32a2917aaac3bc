import { FAMILIES } from "./families.ts";
import { judge, type JudgedCase } from "./judged-case.ts";

/** Cases of all families in turn, each from a seed of its own. */
export function judgeFamilies(count: number): readonly JudgedCase[] {
  const places = FAMILIES.flatMap((family) => Array.from({ length: family.weight }, () => family));
  const rounds = Math.max(1, count / places.length);
  return Array.from({ length: count }, (_, index) => {
    // Fewer cases than families are spread over all of them.
    const place = Math.floor((index * places.length * rounds) / count) % places.length;
    const family = places[place] ?? places[0];
    if (family === undefined) throw new Error("there are no families");
    return judge(family, index + 1);
  });
}
