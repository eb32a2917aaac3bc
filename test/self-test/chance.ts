import { seededRandom } from "../../packages/advisor/src/example/random.ts";

export { seededRandom, type Random } from "../../packages/advisor/src/example/random.ts";

/** A number from 0 to 1 that belongs to a name: the same wherever, and however often, it is asked for. */
export function lotOf(seed: number, name: string): number {
  return seededRandom(seed, name).next();
}

/** A draw from the triangular distribution, of which the mean is a third of the three together. */
export function triangular(draw: number, low: number, mode: number, high: number): number {
  const turn = (mode - low) / (high - low);
  return draw < turn
    ? low + Math.sqrt(draw * (high - low) * (mode - low))
    : high - Math.sqrt((1 - draw) * (high - low) * (high - mode));
}

/** A draw from the normal distribution with mean 0 and deviation 1, of two even draws. */
export function normal(first: number, second: number): number {
  return Math.sqrt(-2 * Math.log(1 - first)) * Math.cos(2 * Math.PI * second);
}
