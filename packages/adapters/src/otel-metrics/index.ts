export { recordMetrics } from "./record-metrics.ts";
export type { MeasuredSink, MeteredSink, RecordMetricsOptions } from "./record-metrics.ts";
export type { CounterReading, MetricAttributes, MetricMeter, MetricOptions } from "./meter.ts";
export { ATTRIBUTES, LABEL_PREFIX, METRICS } from "./names.ts";
export type { EventSink } from "../capture/event-sink.ts";
