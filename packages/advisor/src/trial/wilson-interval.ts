/** Of a normal distribution, 95 % lie within so many deviations. */
const DEVIATIONS_95 = 1.959963984540054;

/**
 * Between what the share of a whole lies that some samples were taken of, with 95 % confidence: Wilson's score interval.
 *
 * It holds for few samples too, and never has the width zero, also where all of them agree.
 */
export function wilsonInterval(share: number, count: number): { readonly low: number; readonly high: number } {
  const squared = DEVIATIONS_95 ** 2;
  const centre = share + squared / (2 * count);
  const reach = DEVIATIONS_95 * Math.sqrt((share * (1 - share)) / count + squared / (4 * count ** 2));
  const scale = 1 + squared / count;
  // Where all agree, or none, the end is exact; fractions would miss it by a hair.
  return { low: share <= 0 ? 0 : (centre - reach) / scale, high: share >= 1 ? 1 : (centre + reach) / scale };
}
