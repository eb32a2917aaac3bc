import type { MetricAttributes } from "./meter.ts";

/** Attributes of measurements. Those that were made of one set by the same steps are one object. */
export class AttributeSet {
  readonly attributes: MetricAttributes;
  readonly #more = new Map<string, Map<string, AttributeSet>>();

  constructor(attributes: MetricAttributes) {
    this.attributes = attributes;
  }

  /** The same with one more; the same as it is where there is no value. */
  with(name: string, value: string | null): AttributeSet {
    if (value === null) return this;
    const byValue = this.#more.get(name) ?? new Map<string, AttributeSet>();
    const held = byValue.get(value);
    if (held !== undefined) return held;
    const more = new AttributeSet({ ...this.attributes, [name]: value });
    this.#more.set(name, byValue.set(value, more));
    return more;
  }
}
