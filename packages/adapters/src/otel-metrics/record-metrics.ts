import { listPriceBook, withPriceSets, type LedgerEvent, type PriceBook } from "@farthing/ledger";
import type { EventSink } from "../capture/event-sink.ts";
import { sinkAround } from "../capture/sink-around.ts";
import { instrumentsOf } from "./instruments.ts";
import { isMeasured, measureRequest, newMeasuring, type Measuring } from "./measure-event.ts";
import type { MetricMeter } from "./meter.ts";
import { SeenIds } from "./seen-ids.ts";

export interface RecordMetricsOptions {
  /** A `Meter` of OpenTelemetry, as `metrics.getMeter("shop")` of its API gives it. */
  readonly meter: MetricMeter;
  /** Names of labels that become attributes, each with at most 100 values. Default: none. */
  readonly labels?: readonly string[];
  /** Default: list prices, with those that the sink's ledger holds now. */
  readonly book?: PriceBook;
  /** Hears what went wrong. Without it, nobody does. */
  readonly onError?: (error: unknown) => void;
}

/** A sink that measures what passes through it. */
export interface MeteredSink extends EventSink {
  /** From now on events pass through unmeasured. */
  stop(): void;
}

/**
 * The sink to give to `attach` in the place of another: it records there, and measures each request once.
 *
 * A request that is seen again under the same id is not measured again, whatever is said of it then; what counts is in the
 * ledger. Nothing that a meter does reaches the caller.
 *
 * @throws RangeError for a label that is personal in the ledger's settings, whose values may not leave the ledger; and for any
 *   label where the sink does not know which ones are personal.
 * @throws LedgerUnavailableError when the operating system refuses the ledger's settings or prices.
 */
export async function recordMetrics(sink: EventSink, options: RecordMetricsOptions): Promise<MeteredSink> {
  const { labels = [], meter, onError } = options;
  if (labels.length > 0) await refusePersonal(labels, sink);
  const book = options.book ?? (await bookOf(sink));
  const hear = (error: unknown): void => {
    try {
      onError?.(error);
    } catch {
      // There is nobody left to tell.
    }
  };
  let measure = measurer({ book, labels }, meter, hear);
  const around = sinkAround(sink, (event) => {
    sink.record(event);
    measure(event);
  });
  return {
    ...around,
    stop: () => {
      measure = () => undefined;
    },
  };
}

async function refusePersonal(labels: readonly string[], sink: EventSink): Promise<void> {
  const settings = await sink.settings?.read();
  if (settings === undefined) {
    throw new RangeError(
      `labels cannot be attributes of metrics where it is not known which are personal: ${labels.join(", ")}; give ` +
        "`recordMetrics` a ledger, or an event writer with `personalLabels`, or leave out `labels`",
    );
  }
  const personal = labels.filter((name) => settings.personalLabels.includes(name));
  if (personal.length === 0) return;
  throw new RangeError(
    `personal labels cannot be attributes of metrics: ${personal.join(", ")}; leave them out of \`labels\``,
  );
}

async function bookOf(sink: EventSink): Promise<PriceBook> {
  const view = await sink.view?.();
  return withPriceSets(listPriceBook(), view?.priceSets ?? []).book;
}

/** Measures events; what goes wrong is heard, and ends nothing. */
function measurer(
  known: Pick<Measuring, "book" | "labels">,
  meter: MetricMeter,
  hear: (error: unknown) => void,
): (event: LedgerEvent) => void {
  const seen = new SeenIds();
  try {
    const measuring = newMeasuring({ ...known, instruments: instrumentsOf(meter) });
    return (event) => {
      try {
        if (isMeasured(event) && seen.isNew(event.id)) measureRequest(event, measuring);
      } catch (error) {
        hear(error);
      }
    };
  } catch (error) {
    hear(error);
    return () => undefined;
  }
}
