import type { MetricMeter } from "./meter.ts";
import type { AttributeSet } from "./attribute-set.ts";

/** How a counter is called, and what its values are measured in. */
export interface CounterText {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
}

/**
 * A counter that is exact until metrics are collected: only then it becomes floating point.
 *
 * Adding to it costs less than to a counter of OpenTelemetry, which looks for the attributes each time.
 */
export class ExactCounter {
  readonly #sums = new Map<AttributeSet, bigint>();

  /**
   * Throws what the meter throws.
   *
   * @param perUnit How many of what is added make one of the counter's unit.
   */
  constructor(meter: MetricMeter, { name, unit, description }: CounterText, perUnit = 1) {
    meter.createObservableCounter(name, { unit, description }).addCallback((reading) => {
      for (const [{ attributes }, sum] of this.#sums) reading.observe(Number(sum) / perUnit, attributes);
    });
  }

  add(amount: bigint, set: AttributeSet): void {
    this.#sums.set(set, (this.#sums.get(set) ?? 0n) + amount);
  }
}
