import type { EndedSpan, SpanProcessor } from "@farthing/adapters/otel";
import type { ClientOptions } from "@anthropic-ai/sdk";

/** What the SDK's option takes for its spans. */
export type TracerProvider = NonNullable<NonNullable<Exclude<ClientOptions["openTelemetry"], false>>["tracerProvider"]>;
type Tracer = ReturnType<TracerProvider["getTracer"]>;
type Span = ReturnType<Tracer["startSpan"]>;
type Time = [number, number];

/** OpenTelemetry, as much of it as hands the spans of a tracer to processors when they end. */
export function recordingTracerProvider(
  resource: Readonly<Record<string, unknown>>,
  ...processors: readonly SpanProcessor[]
): TracerProvider {
  let started = 0;
  const startSpan = (scope: string, name: string, attributes: Readonly<Record<string, unknown>>): Span => {
    started += 1;
    const context = { traceId: "t".repeat(32), spanId: String(started).padStart(16, "0"), traceFlags: 1 };
    let isRecording = true;
    const ended = {
      name,
      startTime: now(),
      endTime: now(),
      attributes: { ...attributes },
      status: { code: 0 },
      resource: { attributes: resource },
      instrumentationScope: { name: scope },
      spanContext: () => context,
    } satisfies EndedSpan;
    const span = {
      spanContext: () => context,
      isRecording: () => isRecording,
      setAttribute(key: string, value: unknown) {
        Object.assign(ended.attributes, { [key]: value });
        return span;
      },
      setAttributes(values: Readonly<Record<string, unknown>>) {
        Object.assign(ended.attributes, values);
        return span;
      },
      setStatus({ code }: { readonly code: number }) {
        ended.status.code = code;
        return span;
      },
      end() {
        if (!isRecording) return;
        isRecording = false;
        ended.endTime = now();
        for (const processor of processors) processor.onEnd(ended);
      },
    };
    return span as unknown as Span;
  };
  return {
    getTracer: (scope: string) =>
      ({
        startSpan: (name: string, options?: { readonly attributes?: Readonly<Record<string, unknown>> }) =>
          startSpan(scope, name, options?.attributes ?? {}),
      }) as Tracer,
  };
}

function now(): Time {
  const milliseconds = Date.now();
  return [Math.floor(milliseconds / 1_000), (milliseconds % 1_000) * 1_000_000];
}
