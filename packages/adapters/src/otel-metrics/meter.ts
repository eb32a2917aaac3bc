/** Attributes of one measurement. */
export type MetricAttributes = Readonly<Record<string, string>>;

export interface MetricOptions {
  readonly description: string;
  readonly unit: string;
  readonly advice?: { readonly explicitBucketBoundaries: number[] };
}

/** Takes what a counter has come to when metrics are collected. */
export interface CounterReading {
  observe(value: number, attributes: MetricAttributes): void;
}

/**
 * What is used of a `Meter` of OpenTelemetry, of any release of its API that has metrics. Nothing of OpenTelemetry is
 * imported, at run time or for types.
 */
export interface MetricMeter {
  createHistogram(name: string, options: MetricOptions): { record(value: number, attributes: MetricAttributes): void };
  createObservableCounter(
    name: string,
    options: MetricOptions,
  ): { addCallback(callback: (reading: CounterReading) => void): void };
}
