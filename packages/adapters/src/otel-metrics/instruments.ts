import type { AttributeSet } from "./attribute-set.ts";
import { ExactCounter } from "./exact-counter.ts";
import type { MetricMeter } from "./meter.ts";
import { METRICS } from "./names.ts";

/** Picodollars in a dollar. */
const PICODOLLARS = 1e12;

/** Takes one measurement. Throws what the meter throws. */
type Measure = (value: number, set: AttributeSet) => void;

export interface Instruments {
  readonly tokenUsage: Measure;
  readonly duration: Measure;
  /** Of picodollars. */
  readonly cost: ExactCounter;
  readonly tokens: ExactCounter;
  readonly unpriced: ExactCounter;
  readonly unanswered: ExactCounter;
}

/** Creates all instruments. Throws what the meter throws. */
export function instrumentsOf(meter: MetricMeter): Instruments {
  return {
    tokenUsage: histogram(meter, METRICS.tokenUsage),
    duration: histogram(meter, METRICS.duration),
    cost: new ExactCounter(meter, METRICS.cost, PICODOLLARS),
    tokens: new ExactCounter(meter, METRICS.tokens),
    unpriced: new ExactCounter(meter, METRICS.unpriced),
    unanswered: new ExactCounter(meter, METRICS.unanswered),
  };
}

function histogram(meter: MetricMeter, { name, unit, description, boundaries }: HistogramText): Measure {
  const advice = { explicitBucketBoundaries: [...boundaries] };
  const instrument = meter.createHistogram(name, { unit, description, advice });
  return (value, { attributes }) => instrument.record(value, attributes);
}

type HistogramText = (typeof METRICS)["tokenUsage" | "duration"];
