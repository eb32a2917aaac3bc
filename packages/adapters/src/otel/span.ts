/**
 * What is read of a span that has ended: a part of OpenTelemetry's `ReadableSpan`, of its releases 1 and 2. Nothing of
 * OpenTelemetry is imported, at run time or for types.
 */
export interface EndedSpan {
  readonly name: string;
  /** Seconds since 1970, and nanoseconds of the next one. */
  readonly startTime: readonly [number, number];
  readonly endTime: readonly [number, number];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number };
  readonly resource?: { readonly attributes: Readonly<Record<string, unknown>> };
  /** What made the span; release 1 calls it `instrumentationLibrary`. */
  readonly instrumentationScope?: { readonly name: string };
  readonly instrumentationLibrary?: { readonly name: string };
  spanContext(): { readonly traceId: string; readonly spanId: string };
}

/** OpenTelemetry's `SpanProcessor`, as far as it concerns one that only looks at spans that have ended. */
export interface SpanProcessor {
  onStart(span: unknown, parentContext: unknown): void;
  onEnd(span: EndedSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** `SpanStatusCode` of OpenTelemetry. */
export const STATUS_OK = 1;
export const STATUS_ERROR = 2;

/** A time of a span as milliseconds since 1970; null for one that is none. */
export function millisecondsOf([seconds, nanoseconds]: readonly [number, number]): number | null {
  const milliseconds = seconds * 1_000 + Math.floor(nanoseconds / 1_000_000);
  return Number.isSafeInteger(milliseconds) && Math.abs(milliseconds) <= LAST_DATE ? milliseconds : null;
}

/** The last millisecond a `Date` can hold. */
const LAST_DATE = 8_640_000_000_000_000;
