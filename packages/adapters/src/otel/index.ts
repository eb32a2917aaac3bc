export { ledgerSpanProcessor, type LedgerSpanProcessor, type LedgerSpanProcessorOptions } from "./span-processor.ts";
export { OTEL_SOURCE, type SpanSkipReason } from "./event-of-span.ts";
export type { EndedSpan, SpanProcessor } from "./span.ts";
export type { EventSink } from "../capture/event-sink.ts";
