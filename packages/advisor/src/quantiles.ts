/** In standard deviations, what nine of ten normal values lie below: between it and its mirror lie 80 %. */
export const NORMAL_NINETIETH = 1.2815515655446004;

/**
 * The quantile of Student's t distribution below which nine of ten values lie: wider than a normal one where a spread is
 * told from few values.
 *
 * One and two degrees of freedom have closed forms; from three on it is the Cornish-Fisher expansion in three terms
 * (Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5), which is off by less than 0.01.
 */
export function studentNinetieth(degreesOfFreedom: number): number {
  if (degreesOfFreedom === 1) return Math.tan(0.4 * Math.PI);
  if (degreesOfFreedom === 2) return 0.8 * Math.sqrt(2 / (1 - 0.8 ** 2));
  const [n, z] = [degreesOfFreedom, NORMAL_NINETIETH];
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + first / n + second / n ** 2 + third / n ** 3;
}
