export { recordMetrics } from "./record-metrics.ts";
export type { MeteredSink, RecordMetricsOptions } from "./record-metrics.ts";
export type { CounterReading, MetricAttributes, MetricMeter, MetricOptions } from "./meter.ts";
export { ATTRIBUTES, LABEL_PREFIX, METRICS } from "./names.ts";
export type { EventSink } from "../capture/event-sink.ts";
